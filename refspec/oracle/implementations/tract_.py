"""tract, which reads a model from a file."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tract

from refspec._numbers import Array
from refspec.oracle.implementations import Implementation, onnx_


def _run(model: Any, inputs: dict[str, Array]) -> Sequence[Any]:
    """Write a model, read it, and run it."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "model.onnx")
        file.write_bytes(model.SerializeToString())
        read = tract.onnx().load(file)
    runnable = read.into_model().into_runnable()
    return [answer.to_numpy() for answer in runnable.run([*inputs.values()])]


def load() -> Implementation:
    """Offer what tract makes of the graphs."""
    return onnx_.offer(
        onnx_.Runtime(
            "tract",
            version("tract"),
            _run,
            constants=True,
            without=onnx_.TRAINING,
        )
    )
