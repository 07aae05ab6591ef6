"""PyTorch's functional API on tensors whose channels lie last in memory."""

from __future__ import annotations

from functools import partial

from refspec.oracle.implementations import torch_

load = partial(torch_.load, channels_last=True)
"""Offer it: the same answers are expected of other kernels."""
