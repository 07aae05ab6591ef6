"""ONNX Runtime, on the processor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import onnxruntime

from refspec._numbers import Array
from refspec.laws.domain import FLOAT32
from refspec.oracle.implementations import Implementation, onnx_

SILENT = 4
NARROW = (
    "conv2d", "depthwise_conv2d", "pointwise_conv2d", "separable_conv2d",
    "conv_transpose2d", "avg_pool2d",
)  # fmt: skip
"""What it has in float32 only."""


def _run(model: Any, inputs: dict[str, Array]) -> Sequence[Any]:
    """Run a model on one thread."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = SILENT
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    answers: Sequence[Any] = session.run(None, inputs)
    return answers


def load() -> Implementation:
    """Offer what ONNX Runtime makes of the graphs."""
    onnxruntime.set_default_logger_severity(SILENT)
    return onnx_.offer(
        onnx_.Runtime(
            "onnxruntime",
            onnxruntime.__version__,
            _run,
            number_limits=dict.fromkeys(NARROW, (FLOAT32,)),
            limits=("pad should be smaller than kernel",),
        )
    )
