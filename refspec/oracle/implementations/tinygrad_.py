"""tinygrad's import of ONNX, on its default device."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from tinygrad import Tensor
from tinygrad.nn.onnx import OnnxRunner

from refspec._numbers import Array
from refspec.oracle.implementations import Implementation, onnx_


def _run(model: Any, inputs: dict[str, Array]) -> Sequence[Any]:
    """Run a model, kernel by kernel."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runner = OnnxRunner(Tensor(model.SerializeToString()))
        answers = runner({n: Tensor(a) for n, a in inputs.items()})
        return [answers[o.name].numpy() for o in model.graph.output]


def load() -> Implementation:
    """Offer what tinygrad makes of the graphs.

    Raises
    ------
    ImportError
        If it finds no compiler for its device.

    """
    try:
        Tensor([1.0]).numpy()
        (Tensor([1.0]) + Tensor([1.0])).numpy()
    except (OSError, RuntimeError) as error:
        raise ImportError(
            f"tinygrad finds no compiler for its device: {error}"
        ) from error
    return onnx_.offer(
        onnx_.Runtime("tinygrad", version("tinygrad"), _run, constants=True)
    )
