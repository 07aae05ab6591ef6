"""tinygrad's import of ONNX, on its default device.

Where it finds no compiler, ``DEV=PYTHON`` lets Python run its kernels.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from refspec._numbers import Array
from refspec.oracle.implementations import Implementation, onnx_


def load() -> Implementation:
    """Offer what tinygrad makes of the graphs.

    Raises
    ------
    ImportError
        If it finds no device, or no compiler for it.

    """
    try:  # an import looks for a device
        from tinygrad.nn.onnx import OnnxRunner
        from tinygrad.tensor import Tensor

        (Tensor([1.0]) + Tensor([2.0])).numpy()
    except ImportError:
        raise
    except Exception as error:
        raise ImportError(
            f"tinygrad has no device to compute on, or no compiler: {error}"
        ) from error

    def run(model: Any, inputs: dict[str, Array]) -> Sequence[Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            runner = OnnxRunner(Tensor(model.SerializeToString()))
            answers = runner({n: Tensor(a) for n, a in inputs.items()})
            return [answers[o.name].numpy() for o in model.graph.output]

    return onnx_.offer(
        onnx_.Runtime("tinygrad", version("tinygrad"), run, constants=True)
    )
