"""PyTorch's functional API on a GPU."""

from __future__ import annotations

from functools import partial

from refspec.oracle.implementations import torch_

load = partial(torch_.load, "cuda")
"""Offer it; raise ``ImportError`` where PyTorch finds no GPU."""
