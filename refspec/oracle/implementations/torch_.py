"""PyTorch's functional API, on the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from refspec._numbers import Array
from refspec.laws.domain import FLOAT32, FLOAT64
from refspec.oracle.implementations import Implementation


def _tensor(array: Array | None) -> Any:
    return None if array is None else torch.from_numpy(np.array(array))


def _pad(x: Any, padding: Any, value: float = 0.0) -> Any:
    (top, bottom), (left, right) = padding
    return F.pad(x, (left, right, top, bottom), value=value)


def conv2d(x: Array, w: Array, b: Array | None = None, **options: Any) -> Array:
    """Pad, then `F.conv2d`: its own padding is the same on both sides."""
    padded = _pad(_tensor(x), options.pop("padding"))
    return F.conv2d(padded, _tensor(w), _tensor(b), **options).numpy()


OPERATIONS = {"conv2d": conv2d}


def load() -> Implementation:
    """Offer what PyTorch has."""
    return Implementation(
        name="torch",
        version=torch.__version__,
        operations=OPERATIONS,
        numbers=(FLOAT64, FLOAT32),
    )
