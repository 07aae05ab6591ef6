"""OpenVINO, on the processor; it computes in float32 and no wider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import openvino

from refspec._numbers import Array
from refspec.laws.domain import FLOAT32
from refspec.oracle.implementations import Implementation, onnx_

SETTINGS = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
"""Where a processor has bfloat16, it would be chosen without the hint."""

SOME = frozenset({1, 2, 3, 4, 5})
"""Of pooling and of dense layers, the sizes of a batch: it takes no 0."""


def load() -> Implementation:
    """Offer what OpenVINO makes of the graphs."""
    core = openvino.Core()

    def run(model: Any, inputs: dict[str, Array]) -> Sequence[Any]:
        read = core.read_model(model.SerializeToString())
        compiled = core.compile_model(read, "CPU", SETTINGS)
        answers = compiled(inputs)
        return [answers[output] for output in compiled.outputs]

    version = openvino.get_version().split("-")[0]
    return onnx_.offer(
        onnx_.Runtime(
            "openvino",
            version,
            run,
            numbers=(FLOAT32,),
            supports={
                name: {"batch": SOME}
                for name in ("dense", "max_pool2d", "min_pool2d", "avg_pool2d")
            },
        )
    )
