"""OpenCV's ``dnn`` module, which has float32 only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from refspec._numbers import Array
from refspec.laws.domain import FLOAT32, Unsupported
from refspec.oracle.implementations import Implementation, onnx_


def _run(model: Any, inputs: dict[str, Array]) -> Sequence[Any]:
    """Run a model whose weights are constants."""
    if not all(array.size for array in inputs.values()):
        raise Unsupported("an empty array: OpenCV answers None")
    buffer = np.frombuffer(model.SerializeToString(), np.uint8)
    net = cv2.dnn.readNetFromONNX(buffer)
    for name, array in inputs.items():
        net.setInput(array, name)
    answers: Sequence[Any] = net.forward([o.name for o in model.graph.output])
    return answers


def load() -> Implementation:
    """Offer what OpenCV makes of the graphs."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    return onnx_.offer(
        onnx_.Runtime(
            "opencv", cv2.__version__, _run, numbers=(FLOAT32,),
            constants=True,
            without=onnx_.TRAINING,
        )
    )  # fmt: skip
