"""PyTorch's functional API, each operation through `torch.compile`."""

from __future__ import annotations

from functools import partial

from refspec.oracle.implementations import torch_

load = partial(torch_.load, compiled=True)
"""Offer it; raise ``ImportError`` where there is no compiler of C++."""
