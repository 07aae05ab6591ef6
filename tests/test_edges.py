"""Every edge of a tile has its turn, and a fault behind it is found."""

import numpy as np
import pytest

from refspec import conv2d, relu, softmax
from refspec.laws.domain import EDGES
from refspec.oracle import check
from refspec.oracle.trials import OPERATIONS, draw_trials


def test_every_size_about_a_tile_is_crossed():
    """Neither half of the edges nor the same one again and again."""
    drawn, _ = draw_trials("conv2d", "real", "float32", examples=136)
    problems = [t.problem for t in drawn if t.turn is not None]
    seen = {
        "batch": {len(p.x) for p in problems},
        "channels": {p.w.shape[1] for p in problems},
        "filters": {len(p.w) // p.groups for p in problems},
        "kernel_size": {k for p in problems for k in p.w.shape[2:]},
        "square": {
            len(p.w) // p.groups
            for p in problems
            if p.w.shape[1] == len(p.w) // p.groups
        },
    }
    for name, sizes in seen.items():
        assert len(sizes & {*EDGES[name]}) >= len(EDGES[name]) - 1, name


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_has_edges(operation):
    """Each is asked about sizes beyond a tile, in each format."""
    drawn, _ = draw_trials(operation, "real", "float32", examples=60)
    assert len(drawn) == 60
    assert any(t.turn is not None for t in drawn)


def _no_batch_above_four(x, w, b=None, /, **options):
    y = conv2d(x, w, b, **options)
    y[4:] = 0
    return y


def _seven_rows(x, w, b=None, /, **options):
    w = w.copy()
    w[:, :, 7:] = 0
    return conv2d(x, w, b, **options)


def _no_row_beyond_64(x, w, b=None, /, **options):
    y = conv2d(x, w, b, **options)
    y[:, :, 64:] = 0
    return y


def _one_block(x, /):
    y = relu(x).ravel()
    y[1024:] = x.ravel()[1024:]
    return y.reshape(x.shape)


def _one_warp(logits, /):
    y = softmax(logits)
    return np.where(np.arange(y.shape[1]) < 32, y, 0).astype(y.dtype)


@pytest.mark.parametrize(
    ("operation", "kernel"),
    [
        ("conv2d", _no_batch_above_four),
        ("conv2d", _seven_rows),
        ("conv2d", _no_row_beyond_64),
        ("relu", _one_block),
        ("softmax", _one_warp),
    ],
)
def test_a_fault_beyond_a_tile_is_found(operation, kernel):
    """With no more problems than are usual."""
    assert check(operation, kernel).verdict == "disagrees"
