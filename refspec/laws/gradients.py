"""Laws of section 7: the gradients of the convolution."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refspec import unpad, zero_pad
from refspec.laws.convolution import _products
from refspec.laws.definitions import exact_answer
from refspec.laws.law import law
from refspec.laws.problems import Problem, conv_slopes, transpose_problems
from refspec.laws.relations import Relation, equal


@law("7.5", decides=True, p=conv_slopes)
def conv2d_backward_equals_the_definition(
    conv2d_backward: Any, p: Problem
) -> Relation:
    """The gradients are those of the definition."""
    return equal(p.on(conv2d_backward), exact_answer("conv2d_backward", p))


@law("7.5", decides=True, p=transpose_problems)
def conv_transpose2d_equals_the_definition(
    conv_transpose2d: Any, p: Problem
) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(conv_transpose2d), exact_answer("conv_transpose2d", p))


@law("7.5", p=conv_slopes)
def every_product_pays_pixel_and_weight(
    conv2d_backward: Any, p: Problem
) -> Relation:
    """A product y += x w gives dy w to its pixel and dy x to its weight."""
    padded = zero_pad(p.x, p.padding)
    dx, dw = np.zeros_like(padded), np.zeros_like(p.w)
    for cell, pixel, weight in _products(p):
        dx[pixel] += p.dy[cell] * p.w[weight]
        dw[weight] += p.dy[cell] * padded[pixel]
    db = p.dy.sum(axis=(0, 2, 3))
    return equal(p.on(conv2d_backward), (unpad(dx, p.padding), dw, db))


@law("7.5", p=transpose_problems)
def every_product_is_handed_back(
    conv_transpose2d: Any, p: Problem
) -> Relation:
    """The adjoint gives each pixel the cells that read it, times weights."""
    n, channels = len(p.y), p.w.shape[1] * p.groups
    x = np.zeros_like(p.y, shape=(n, channels, *p.input_size))
    padded = zero_pad(x, p.padding)
    for cell, pixel, weight in _products(p.but(x=x)):
        padded[pixel] += p.y[cell] * p.w[weight]
    return equal(p.on(conv_transpose2d), unpad(padded, p.padding))


def _paired(a: Any, b: Any) -> Any:
    """Give the inner product of two arrays."""
    return (a * b).sum()


@law("7.5", p=conv_slopes)
def convolution_and_its_transpose_are_adjoint(
    conv2d: Any, conv_transpose2d: Any, p: Problem
) -> Relation:
    """<conv(x, w), y> = <x, conv_T(y, w)>."""
    y = conv2d(p.x, p.w, **p.options)
    back = conv_transpose2d(p.dy, p.w, input_size=p.x.shape[2:], **p.options)
    return equal(_paired(y, p.dy), _paired(p.x, back))


@law("7.5", p=conv_slopes)
def convolution_and_its_gradients_are_adjoint(
    conv2d: Any, conv2d_backward: Any, p: Problem
) -> Relation:
    """<conv(x, w), dy> = <x, dx> = <w, dw>."""
    dx, dw, _ = p.on(conv2d_backward)
    paired = _paired(conv2d(p.x, p.w, **p.options), p.dy)
    return equal((_paired(p.x, dx), _paired(p.w, dw)), (paired, paired))


@law("7.5", p=partial(conv_slopes, batches=(1, 2)),
     at=lambda _: st.integers(0, 99))  # fmt: skip
def one_step_of_a_pixel_or_a_weight(
    conv2d: Any, conv2d_backward: Any, p: Problem, at: int
) -> Relation:
    """A step of one in a pixel, a weight or a bias changes <y, dy> alike.

    The function is linear in each, so that the difference is exact.
    """
    gradients = p.on(conv2d_backward)
    arrays = (p.x, p.w, np.zeros_like(p.w, shape=len(p.w)))
    before = _paired(conv2d(*arrays, **p.options), p.dy)
    rises, slopes = [], []
    for which, gradient in enumerate(gradients):
        stepped = [array.copy() for array in arrays]
        place = at % gradient.size
        stepped[which].reshape(-1)[place] += 1
        rises.append(_paired(conv2d(*stepped, **p.options), p.dy) - before)
        slopes.append(gradient.reshape(-1)[place])
    return equal(tuple(slopes), tuple(rises))


@law("7.5", p=partial(conv_slopes, batches=(1, 2, 3)))
def gradients_add_up_over_the_batch(
    conv2d_backward: Any, p: Problem
) -> Relation:
    """A batch's gradients are those of its examples, added or stacked."""
    dx, dw, db = p.on(conv2d_backward)
    alone = [
        p.on(conv2d_backward, dy=p.dy[n : n + 1], x=p.x[n : n + 1])
        for n in range(len(p.x))
    ]
    dxs, dws, dbs = zip(*alone, strict=True)
    return equal((dx, dw, db), (np.concatenate(dxs), sum(dws), sum(dbs)))


@law("7.5", p=conv_slopes)
def the_input_gradient_is_the_transpose(
    conv2d_backward: Any, conv_transpose2d: Any, p: Problem
) -> Relation:
    """The gradient of the image is conv_T(dy, w)."""
    dx, _, _ = p.on(conv2d_backward)
    back = conv_transpose2d(p.dy, p.w, input_size=p.x.shape[2:], **p.options)
    return equal(dx, back)
