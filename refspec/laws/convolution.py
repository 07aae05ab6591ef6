"""Laws of sections 2, 3 and 5: the convolution."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

import numpy as np

from refspec import output_size, zero_pad
from refspec.laws.definitions import exact_answer
from refspec.laws.law import law
from refspec.laws.problems import Problem, conv_problems
from refspec.laws.relations import Relation, equal


@law("3.1", decides=True, p=conv_problems)
def conv2d_equals_the_definition(conv2d: Any, p: Problem) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(conv2d), exact_answer("conv2d", p))


@law("2.2", "3.1", p=conv_problems)
def every_cell_is_the_sum_over_its_window(conv2d: Any, p: Problem) -> Relation:
    """An output cell is its bias plus the sum of window times filter."""
    padded = zero_pad(p.x, p.padding)
    (sh, sw), (dh, dw) = p.stride, p.dilation
    filters, channels, kh, kw = p.w.shape
    y = np.zeros((len(p.x), filters, *_output_sizes(p)), p.x.dtype)
    for n, f, i, j in np.ndindex(y.shape):
        first = f // (filters // p.groups) * channels
        for c, u, v in product(range(channels), range(kh), range(kw)):
            pixel = padded[n, first + c, i * sh + u * dh, j * sw + v * dw]
            y[n, f, i, j] += pixel * p.w[f, c, u, v]
        y[n, f, i, j] += 0 if p.b is None else p.b[f]
    return equal(p.on(conv2d), y)


def _output_sizes(p: Problem) -> tuple[int, ...]:
    return tuple(
        output_size(size, k, stride=s, padding=pad, dilation=d)
        for size, k, s, pad, d in zip(
            p.x.shape[2:], p.w.shape[2:], p.stride, p.padding, p.dilation,
            strict=True,
        )
    )  # fmt: skip


@law("5.1", p=conv_problems)
def stride_keeps_every_sth_cell(conv2d: Any, p: Problem) -> Relation:
    """A convolution with stride S is the one with stride 1, every S cells."""
    sh, sw = p.stride
    dense = p.on(conv2d, stride=1)
    return equal(p.on(conv2d), dense[..., ::sh, ::sw])


@law("5.11", p=partial(conv_problems, groups=(2, 3)))
def groups_are_convolutions_side_by_side(conv2d: Any, p: Problem) -> Relation:
    """G groups are G small convolutions, their maps stacked."""
    biases = [None] * p.groups if p.b is None else np.split(p.b, p.groups)
    parts = zip(
        np.split(p.x, p.groups, axis=1), np.split(p.w, p.groups), biases,
        strict=True,
    )  # fmt: skip
    maps = [p.on(conv2d, x=x, w=w, b=b, groups=1) for x, w, b in parts]
    return equal(p.on(conv2d), np.concatenate(maps, axis=1))
