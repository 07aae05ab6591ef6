"""Laws of sections 2 and 4: sizes, padding, windows and coverage."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refspec.laws.definitions import exact_answer
from refspec.laws.domain import Domain
from refspec.laws.law import law
from refspec.laws.problems import (
    Axis,
    Problem,
    axes,
    constant,
    framed_images,
    padded_images,
    window_problems,
)
from refspec.laws.relations import Relation, at_most, equal
from refspec.lecture import PADDED_FRAME, PADDED_IMAGE

PLAIN: dict[str, Any] = {"strides": (1,), "dilations": (1,), "paddings": (0,)}
"""Stride 1, no dilation, no padding."""


def _starts(axis: Axis) -> list[int]:
    """Slide a window along an axis: where each starts, in pixels."""
    size, kernel_size, stride, (before, after), dilation = axis
    cells = [u * dilation for u in range(kernel_size)]
    start, found = -before, []
    while start + cells[-1] < size + after:
        found.append(start)
        start += stride
    return found


def _read(axis: Axis) -> list[int]:
    """List the pixels that all windows read, the padding left out."""
    return [
        start + u * axis.dilation
        for start in _starts(axis)
        for u in range(axis.kernel_size)
        if 0 <= start + u * axis.dilation < axis.size
    ]


def _outputs(output_size: Any, axis: Axis, **changes: Any) -> Any:
    """Ask for the output size along one axis, with some of it changed."""
    size, kernel_size, stride, padding, dilation = axis
    given = {"stride": stride, "padding": padding, "dilation": dilation}
    return output_size(size, kernel_size, **{**given, **changes})


def _tail(axis: Axis) -> int:
    """Count the padded cells after the last window."""
    last = _starts(axis)[-1] + (axis.kernel_size - 1) * axis.dilation
    return axis.size + axis.padding[1] - 1 - last


@law("4.6", "6.6", axis=axes)
def the_output_size_counts_the_windows(
    output_size: Any, axis: Axis
) -> Relation:
    """The output size is the number of places where a window fits."""
    return equal(_outputs(output_size, axis), len(_starts(axis)))


@law("4.2", axis=partial(axes, **PLAIN))
def a_plain_output_is_smaller_by_k_less_1(
    output_size: Any, axis: Axis
) -> Relation:
    """With stride 1 and no padding, W_out = W - K + 1."""
    return equal(_outputs(output_size, axis), axis.size - axis.kernel_size + 1)


@law(
    "4.2",
    axis=partial(axes, kernel_sizes=(2, 3, 4), **PLAIN),
    unless={"axis": partial(axes, **PLAIN)},
    breaks={"axis": Axis(1, 1, 1, (0, 0), 1)},
)
def the_image_shrinks(output_size: Any, axis: Axis) -> Relation:
    """Without padding the image shrinks, if the kernel is larger than 1."""
    return at_most(_outputs(output_size, axis) + 1, axis.size)


@st.composite
def _fitting(draw: Any, /, domain: Domain, **geometry: Any) -> Axis:
    """Draw an axis of which the stride leaves no tail."""
    axis: Axis = draw(axes(domain, **geometry))
    return axis._replace(size=axis.size + -_tail(axis) % axis.stride)


@law(
    "4.6",
    axis=_fitting,
    unless={"axis": axes},
    breaks={"axis": Axis(2, 1, 2, (0, 0), 1)},
)
def the_size_without_a_floor(output_size: Any, axis: Axis) -> Relation:
    """W_out = (W + P - K_eff) / S + 1, where the stride divides."""
    reach = (axis.kernel_size - 1) * axis.dilation + 1
    room = axis.size + sum(axis.padding) - reach
    expected = Fraction(room, axis.stride) + 1
    return equal(Fraction(_outputs(output_size, axis)), expected)


@law("4.6", axis=axes)
def the_tail_is_the_remainder(output_size: Any, axis: Axis) -> Relation:
    """The cells never read are (W + P - K_eff) mod S."""
    reach = (axis.kernel_size - 1) * axis.dilation + 1
    room = axis.size + sum(axis.padding) - reach
    windows = _outputs(output_size, axis)
    return equal(room - (windows - 1) * axis.stride, room % axis.stride)


def _sizes_kept(output_size: Any, axis: Axis) -> list[bool]:
    """Say of every size up to 12 in which a window fits if it is kept."""
    reach = (axis.kernel_size - 1) * axis.dilation + 1
    least = max(1, reach - sum(axis.padding))
    sizes = range(least, least + 12)
    return [
        _outputs(output_size, axis._replace(size=size)) == size
        for size in sizes
    ]


@law("4.6", "6.6", axis=partial(axes, real_cell=True))
def rounded_up_a_last_window_may_overhang(
    output_size: Any, axis: Axis
) -> Relation:
    """With ceil_mode a tail has a window, unless it starts past the image."""
    starts = _starts(axis)
    overhangs = _tail(axis) > 0 and starts[-1] + axis.stride < axis.size
    windows = _outputs(output_size, axis, ceil_mode=True)
    return equal(windows, len(starts) + overhangs)


@st.composite
def _even_frames(draw: Any, /, domain: Domain, **geometry: Any) -> Axis:
    """Draw an axis with the same padding on both sides."""
    axis: Axis = draw(axes(domain, **geometry))
    return axis._replace(padding=(axis.padding[0], axis.padding[0]))


@law("4.7", axis=_even_frames)
def when_padding_keeps_every_size(output_size: Any, axis: Axis) -> Relation:
    """P keeps every size exactly when S = 1 and 2 P = D (K - 1)."""
    reach = axis.dilation * (axis.kernel_size - 1)
    keeps = axis.stride == 1 and sum(axis.padding) == reach
    return equal(all(_sizes_kept(output_size, axis)), keeps)


@st.composite
def _framed_by_one(draw: Any, domain: Domain, *, same: bool = False) -> Axis:
    """Draw an axis with P = 1; with `same`, S = 1 and D (K - 1) = 2."""
    if same:
        k, d = draw(st.sampled_from([(3, 1), (2, 2)]))
        return Axis(draw(st.integers(1, 9)), k, 1, (1, 1), d)
    axis: Axis = draw(axes(domain))
    return axis._replace(size=axis.size + sum(axis.padding), padding=(1, 1))


@law(
    "4.7",
    axis=partial(_framed_by_one, same=True),
    unless={"axis": _framed_by_one},
    breaks={"axis": Axis(1, 1, 1, (1, 1), 1)},
)
def padding_of_one_keeps_the_size(output_size: Any, axis: Axis) -> Relation:
    """P = 1 keeps the size, where S = 1 and D (K - 1) = 2."""
    return equal(_outputs(output_size, axis), axis.size)


@law("4.7", axis=axes)
def same_padding_keeps_all_cells(
    output_size: Any, same_padding: Any, axis: Axis
) -> Relation:
    """With same padding there are ceil(W / S) cells."""
    padding = same_padding(
        axis.size, axis.kernel_size, stride=axis.stride,
        dilation=axis.dilation,
    )  # fmt: skip
    cells = _outputs(output_size, axis, padding=padding)
    return equal(cells, -(-axis.size // axis.stride))


@law("4.7", axis=axes)
def same_padding_is_the_least(same_padding: Any, axis: Axis) -> Relation:
    """Same padding is as little as will do, the odd cell at the end."""
    reach = axis.dilation * (axis.kernel_size - 1) + 1
    last = (-(-axis.size // axis.stride) - 1) * axis.stride
    needed = max(0, last + reach - axis.size)
    before, after = same_padding(
        axis.size, axis.kernel_size, stride=axis.stride,
        dilation=axis.dilation,
    )  # fmt: skip
    return equal((before + after, after - before), (needed, needed % 2))


@law("5.2", axis=axes)
def stride_divides_the_size(output_size: Any, axis: Axis) -> Relation:
    """With stride S there are ceil(out_1 / S) cells."""
    dense = _outputs(output_size, axis, stride=1)
    return equal(_outputs(output_size, axis), -(-dense // axis.stride))


@st.composite
def _strided(
    draw: Any, /, domain: Domain, *, least: int = 2, **geometry: Any
) -> Axis:
    """Draw an axis with stride 2 and `least` dense cells or more."""
    axis: Axis = draw(axes(domain, strides=(2,), **geometry))
    lacking = least - len(_starts(axis._replace(stride=1)))
    return axis._replace(size=axis.size + max(0, lacking))


@law(
    "5.3",
    axis=_strided,
    unless={"axis": partial(_strided, least=1)},
    breaks={"axis": Axis(1, 1, 2, (0, 0), 1)},
)
def stride_2_makes_the_output_smaller(
    output_size: Any, axis: Axis
) -> Relation:
    """Stride 2 gives fewer cells than stride 1, if that gives two or more."""
    dense = _outputs(output_size, axis, stride=1)
    return at_most(_outputs(output_size, axis) + 1, dense)


@st.composite
def _dilated_same(draw: Any, domain: Domain) -> Axis:
    """Draw an axis with stride 1 and P = D (K - 1) / 2."""
    axis: Axis = draw(axes(domain, strides=(1,), kernel_sizes=(1, 2, 3, 5)))
    reach = axis.dilation * (axis.kernel_size - 1)
    if reach % 2:
        axis, reach = axis._replace(dilation=2), 2 * (axis.kernel_size - 1)
    return axis._replace(padding=(reach // 2, reach // 2))


@law(
    "5.7",
    axis=_dilated_same,
    unless={"axis": axes},
    breaks={"axis": Axis(5, 3, 1, (1, 1), 2)},
)
def dilation_keeps_the_resolution(output_size: Any, axis: Axis) -> Relation:
    """Nothing of the size is lost where S = 1 and P = D (K - 1) / 2."""
    return equal(_outputs(output_size, axis), axis.size)


@law("5.5", axis=axes)
def the_effective_size_spans_the_cells(
    effective_kernel_size: Any, axis: Axis
) -> Relation:
    """K_eff is the number of cells from the first weight to the last."""
    cells = [u * axis.dilation for u in range(axis.kernel_size)]
    span = max(cells) - min(cells) + 1
    return equal(effective_kernel_size(axis.kernel_size, axis.dilation), span)


@law("5.5")
def three_cells_with_dilation_2_span_5(effective_kernel_size: Any) -> Relation:
    """K = 3 with D = 2 gives K_eff = 5."""
    return equal(effective_kernel_size(3, 2), 5)


@law(
    "5.5",
    axis=partial(axes, kernel_sizes=(2, 3, 4), dilations=(2, 3)),
    unless={"axis": partial(axes, dilations=(2, 3))},
    breaks={"axis": Axis(1, 1, 1, (0, 0), 2)},
)
def dilation_covers_more(effective_kernel_size: Any, axis: Axis) -> Relation:
    """A dilated kernel reaches further, if it has two cells or more."""
    k = axis.kernel_size
    return at_most(k + 1, effective_kernel_size(k, axis.dilation))


@law("2.1", decides=True, p=window_problems)
def windows_equals_the_definition(windows: Any, p: Problem) -> Relation:
    """The windows are those of the definition."""
    return equal(p.on(windows), exact_answer("windows", p))


@law("2.1", p=window_problems)
def windows_are_all_regions_in_order(windows: Any, p: Problem) -> Relation:
    """Window (i, j) holds the pixels from (i S - P, j S - P) on."""
    rows, columns = _both(p)
    kernel = p.kernel_size
    tops, lefts = _starts(rows), _starts(columns)
    shape = (*p.x.shape[:-2], len(tops), len(lefts), *kernel)
    regions = np.full_like(p.x, 0, shape=shape)
    places = product(enumerate(tops), enumerate(lefts))
    for (i, top), (j, left) in places:
        for u, v in np.ndindex(kernel):
            r, c = top + u * rows.dilation, left + v * columns.dilation
            if 0 <= r < rows.size and 0 <= c < columns.size:
                regions[..., i, j, u, v] = p.x[..., r, c]
    return equal(p.on(windows), regions)


def _both(p: Problem) -> tuple[Axis, Axis]:
    """Take a problem apart into its axes."""
    rows, columns = (
        Axis(*axis)
        for axis in zip(
            p.x.shape[-2:], p.kernel_size, p.stride, p.padding, p.dilation,
            strict=True,
        )
    )  # fmt: skip
    return rows, columns


@law("4.4", p=window_problems)
def coverage_counts_the_windows(coverage: Any, p: Problem) -> Relation:
    """A pixel is covered once for each cell of a window that reads it."""
    counts = np.zeros(p.x.shape[-2:], int)
    for row, column in product(*map(_read, _both(p))):
        counts[row, column] += 1
    return equal(
        coverage(
            counts.shape, p.kernel_size, stride=p.stride, padding=p.padding,
            dilation=p.dilation,
        ),
        counts,
    )  # fmt: skip


def _covered(coverage: Any, axis: Axis) -> Any:
    """Cover a row of pixels."""
    (counts,) = coverage(
        (1, axis.size),
        (1, axis.kernel_size),
        stride=(1, axis.stride),
        padding=((0, 0), axis.padding),
        dilation=(1, axis.dilation),
    )
    return counts


@law("4.4", axis=partial(axes, **PLAIN))
def plain_coverage_has_a_formula(coverage: Any, axis: Axis) -> Relation:
    """With S = D = 1 and P = 0 it is min(i + 1, K, W - K + 1, W - i)."""
    w, k = axis.size, axis.kernel_size
    counts = [min(i + 1, k, w - k + 1, w - i) for i in range(w)]
    return equal(_covered(coverage, axis), np.array(counts))


@law("4.4", rows=partial(axes, **PLAIN), columns=partial(axes, **PLAIN))
def coverage_is_an_outer_product(
    coverage: Any, rows: Axis, columns: Axis
) -> Relation:
    """In two dimensions the counts of both axes are multiplied."""
    both = coverage(
        (rows.size, columns.size), (rows.kernel_size, columns.kernel_size)
    )
    along = [_covered(coverage, axis) for axis in (rows, columns)]
    return equal(both, np.outer(*along))


@law("4.4", axis=partial(axes, **PLAIN))
def when_an_inner_pixel_is_seen_by_all_cells(
    coverage: Any, axis: Axis
) -> Relation:
    """A corner is seen once, an inner pixel K times where W >= 2 K - 1."""
    counts = _covered(coverage, axis)
    return equal(
        (counts[0], max(counts) == axis.kernel_size),
        (1, axis.size >= 2 * axis.kernel_size - 1),
    )


@law("4.4", p=window_problems)
def coverage_adds_up_to_the_cells_of_windows(
    coverage: Any, windows: Any, p: Problem
) -> Relation:
    """In all, it is the number of windows' cells that are not padding."""
    lit = np.ones_like(p.x, shape=p.x.shape[-2:])
    total = p.on(windows, x=lit).sum()
    counts = coverage(
        lit.shape, p.kernel_size, stride=p.stride, padding=p.padding,
        dilation=p.dilation,
    )  # fmt: skip
    return equal(counts.sum(), total)


@law(
    "4.3",
    axis=partial(axes, strides=(1,), dilations=(1,)),
    unless={"axis": partial(axes, dilations=(1,))},
    breaks={"axis": Axis(2, 1, 2, (0, 0), 1)},
)
def every_pixel_is_seen(coverage: Any, axis: Axis) -> Relation:
    """With S = D = 1, each pixel is in some window."""
    return at_most(np.ones(axis.size, int), _covered(coverage, axis))


@law("4.3", axis=partial(axes, **PLAIN))
def the_border_is_seen_least(coverage: Any, axis: Axis) -> Relation:
    """Without padding, no pixel is seen less often than the corner."""
    counts = _covered(coverage, axis)
    return at_most(np.full_like(counts, counts[0]), counts)


@st.composite
def _narrow(draw: Any, domain: Domain, *, skips: bool = False) -> Axis:
    """Draw an axis without padding; without `skips`, S <= K."""
    axis: Axis = draw(axes(domain, dilations=(1,), paddings=(0,)))
    least = axis.stride if not skips else 1
    k = max(axis.kernel_size, least)
    return axis._replace(size=max(axis.size, k), kernel_size=k)


@law(
    "5.3",
    axis=_narrow,
    unless={"axis": partial(_narrow, skips=True)},
    breaks={"axis": Axis(3, 1, 2, (0, 0), 1)},
)
def no_pixel_is_skipped(coverage: Any, axis: Axis) -> Relation:
    """With S <= K and D = 1, each pixel before the tail is in a window."""
    counts = _covered(coverage, axis)
    seen = counts[: len(counts) - _tail(axis)]
    return at_most(np.ones_like(seen), seen)


@law("4.5", decides=True, p=padded_images)
def zero_pad_equals_the_definition(zero_pad: Any, p: Problem) -> Relation:
    """The framed image is that of the definition."""
    return equal(p.on(zero_pad), exact_answer("zero_pad", p))


@law("4.5", decides=True, p=framed_images)
def unpad_equals_the_definition(unpad: Any, p: Problem) -> Relation:
    """The unframed image is that of the definition."""
    return equal(p.on(unpad), exact_answer("unpad", p))


@law("4.5", p=padded_images)
def padding_is_a_frame_of_zeros(zero_pad: Any, p: Problem) -> Relation:
    """A cell of the framed image is a pixel of the image, or zero."""
    (top, bottom), (left, right) = p.padding
    *leading, h, w = p.x.shape
    shape = (*leading, top + h + bottom, left + w + right)
    framed = np.full_like(p.x, 0, shape=shape)
    for i, j in np.ndindex(h, w):
        framed[..., top + i, left + j] = p.x[..., i, j]
    return equal(p.on(zero_pad), framed)


@law("4.5", p=padded_images)
def unpadding_undoes_padding(
    zero_pad: Any, unpad: Any, p: Problem
) -> Relation:
    """Taking the frame off gives the image back."""
    return equal(p.on(unpad, x=p.on(zero_pad)), p.x)


@law("4.5", image=constant(PADDED_IMAGE), framed=constant(PADDED_FRAME))
def the_frame_of_the_slide(zero_pad: Any, image: Any, framed: Any) -> Relation:
    """The slide's image with a padding of 1 is the slide's framed image."""
    return equal(zero_pad(image, 1), framed)
