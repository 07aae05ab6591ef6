"""Laws of section 4: the receptive field."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refspec.laws.domain import Domain
from refspec.laws.law import law
from refspec.laws.problems import (
    filter_stacks,
    padded_stacks,
    stacks,
    thousand_layers,
)
from refspec.laws.relations import Relation, at_most, equal
from refspec.lecture import THREE_LAYERS
from refspec.receptive import Window


def _pixels(windows: Any, axis: int, cell: int) -> set[int]:
    """Collect the pixels that a cell reads, window by window."""
    read = {cell}
    for kernel_size, stride, padding, dilation in reversed(windows):
        read = {
            i * stride[axis] - padding[axis][0] + u * dilation[axis]
            for i in read
            for u in range(kernel_size[axis])
        }
    return read


def _spans(windows: Any) -> tuple[list[int], ...]:
    """Give size, jump and start as pixels tell them."""
    first, second = (
        [_pixels(windows, axis, cell) for axis in (0, 1)] for cell in (0, 1)
    )
    return (
        [max(seen) - min(seen) + 1 for seen in first],
        [min(b) - min(a) for a, b in zip(first, second, strict=True)],
        [min(seen) for seen in first],
    )


@law("4.8", "4.11", "4.13", windows=stacks)
def the_field_spans_what_is_read(
    receptive_field: Any, windows: Any
) -> Relation:
    """Size, jump and start are those of the pixels that a cell reads."""
    return equal(tuple(receptive_field(windows)), _spans(windows))


@law("4.13", windows=stacks)
def the_closed_form_spans_what_is_read(
    receptive_field_closed_form: Any, windows: Any
) -> Relation:
    """The closed form is that of the pixels that a cell reads."""
    return equal(tuple(receptive_field_closed_form(windows)), _spans(windows))


@law("4.13", windows=stacks)
def the_closed_form_equals_the_recursion(
    receptive_field: Any, receptive_field_closed_form: Any, windows: Any
) -> Relation:
    """The sum over the layers is what the recursion arrives at."""
    return equal(
        tuple(receptive_field_closed_form(windows)),
        tuple(receptive_field(windows)),
    )


@law("4.13", windows=stacks, cell=lambda _: st.integers(0, 3))
def the_trace_finds_every_pixel(
    receptive_field_trace: Any, windows: Any, cell: int
) -> Relation:
    """The trace is the set of pixels that a cell reads, in order."""
    return equal(
        receptive_field_trace(windows, cell=cell),
        tuple(sorted(_pixels(windows, axis, cell)) for axis in (0, 1)),
    )


@law("4.13")
def a_field_may_have_holes(
    receptive_field: Any, receptive_field_trace: Any
) -> Relation:
    """K = 1 with S = 2, then K = 3, spans 5 pixels and reads 3 of them."""
    windows = [Window(1, stride=2), Window(3)]
    rows, _ = receptive_field_trace(windows)
    return equal((receptive_field(windows).size[0], rows), (5, [0, 2, 4]))


@law("4.13", windows=thousand_layers)
def a_thousand_layers_by_formula_and_by_trace(
    receptive_field: Any,
    receptive_field_closed_form: Any,
    receptive_field_trace: Any,
    windows: Any,
) -> Relation:
    """The field of a thousand layers is the span of the exact trace."""
    traced = receptive_field_trace(windows)
    spans = [pixels[-1] - pixels[0] + 1 for pixels in traced]
    return equal(
        (
            receptive_field(windows).size,
            receptive_field_closed_form(windows).size,
        ),
        (spans, spans),
    )


def _answers(conv2d: Any, x: Any, filters: Any, windows: Any) -> Any:
    """Send images through a stack of convolutions."""
    for w, (_, *options) in zip(filters, windows, strict=True):
        stride, padding, dilation = options
        x = conv2d(x, w, stride=stride, padding=padding, dilation=dilation)
    return x


def _lit_one_by_one(shape: tuple[int, ...], like: Any) -> Any:
    """Make an image for each pixel of each channel, lit there alone."""
    images = np.zeros_like(like, shape=(int(np.prod(shape)), *shape))
    images.reshape(len(images), -1)[np.diag_indices(len(images))] = 1
    return images


@law("4.13", "4.16", case=partial(filter_stacks, textures=("counting",)))
def changing_pixels_finds_the_field(
    conv2d: Any, receptive_field: Any, receptive_field_trace: Any, case: Any
) -> Relation:
    """With positive weights, exactly the traced pixels change a cell."""
    filters, windows = case
    shape = (1, *receptive_field(windows).size)
    lit = _lit_one_by_one(shape, filters[0])
    changed = _answers(conv2d, lit, filters, windows) != 0
    field = np.zeros(shape[1:], bool)
    field[np.ix_(*receptive_field_trace(windows))] = True
    return equal(changed.reshape(shape[1:]), field)


@law("4.15", "4.16", case=partial(filter_stacks, channels=(1, 2)))
def the_effective_field_is_what_each_pixel_weighs(
    conv2d: Any,
    receptive_field: Any,
    effective_receptive_field: Any,
    case: Any,
) -> Relation:
    """The gradient is what a pixel of one adds to the cell, 0 elsewhere."""
    filters, windows = case
    shape = (filters[0].shape[1], *receptive_field(windows).size)
    lit = _lit_one_by_one(shape, filters[0])
    weighed = _answers(conv2d, lit, filters, windows).sum(axis=(1, 2, 3))
    gradient = effective_receptive_field(
        filters,
        strides=[window.stride for window in windows],
        dilations=[window.dilation for window in windows],
    )
    return equal(gradient, weighed.reshape(shape))


@law("2.1", windows=partial(stacks, depths=(1, 1)))
def one_layer_sees_its_window(
    receptive_field: Any, effective_kernel_size: Any, windows: Any
) -> Relation:
    """The field of one layer is its window: RF_1 = K_eff."""
    ((kernel_size, _, _, dilation),) = windows
    reach = [
        effective_kernel_size(k, d)
        for k, d in zip(kernel_size, dilation, strict=True)
    ]
    return equal(receptive_field(windows).size, tuple(reach))


def _framed(
    windows: list[Window], frame: tuple[int, int] = (0, 0)
) -> list[Window]:
    return [window._replace(padding=(frame, frame)) for window in windows]


@law("4.9", windows=stacks)
def padding_leaves_the_size(receptive_field: Any, windows: Any) -> Relation:
    """The size of the field does not depend on padding, nor does the jump."""
    field, bare = (receptive_field(w) for w in (windows, _framed(windows)))
    return equal((field.size, field.jump), (bare.size, bare.jump))


@law("4.9", windows=stacks)
def padding_moves_the_start(receptive_field: Any, windows: Any) -> Relation:
    """A layer's padding moves the start by as many of its input's jumps."""
    starts = [0, 0]
    for l, window in enumerate(windows):
        jump = receptive_field(windows[:l]).jump
        for axis, (before, _) in enumerate(window.padding):
            starts[axis] -= before * jump[axis]
    return equal(receptive_field(windows).start, tuple(starts))


@law(
    "4.9",
    windows=partial(stacks, paddings=(0,)),
    unless={"windows": stacks},
    breaks={"windows": [Window((1, 1), (1, 1), ((1, 0), (0, 0)), (1, 1))]},
)
def an_unpadded_field_starts_at_the_first_pixel(
    receptive_field: Any, windows: Any
) -> Relation:
    """Without padding, the first cell's field starts at the first pixel.

    With it, the field starts in the frame: the border clips it.
    """
    return equal(receptive_field(windows).start, (0, 0))


@law(
    "4.9",
    case=partial(padded_stacks, above=(0,)),
    unless={"case": padded_stacks},
    breaks={
        "case": (
            [np.ones((1, 1, 1, 2), int), np.ones((1, 1, 1, 1), int)],
            [
                Window((1, 2), (1, 1), ((0, 0), (0, 0)), (1, 1)),
                Window((1, 1), (1, 1), ((0, 0), (0, 1)), (1, 1)),
            ],
            (1, 2),
            (0, 1),
        )
    },
)
def the_border_clips_the_field(conv2d: Any, case: Any) -> Relation:
    """Where only the image is padded, a cell reads the field's real pixels.

    A later layer's padding reads nothing: of two pixels under K = 2, then
    K = 1 with P = 1, the last cell has one in its field and reads none.
    """
    filters, windows, sizes, cell = case
    lit = _lit_one_by_one((1, *sizes), filters[0])
    answers = _answers(conv2d, lit, filters, windows)[:, 0, *cell]
    rows, columns = (
        [pixel in _pixels(windows, axis, cell[axis]) for pixel in range(size)]
        for axis, size in enumerate(sizes)
    )
    return equal(answers.reshape(sizes) != 0, np.outer(rows, columns))


SOME = partial(stacks, depths=(1, 4))


@law("4.10", windows=SOME)
def a_field_never_shrinks(receptive_field: Any, windows: Any) -> Relation:
    """A layer more never makes the field smaller."""
    before, after = receptive_field(windows[:-1]), receptive_field(windows)
    return at_most(before.size, after.size)


@law("4.10", windows=SOME)
def when_a_field_grows(receptive_field: Any, windows: Any) -> Relation:
    """A layer widens the field exactly where its kernel is larger than 1."""
    before, after = receptive_field(windows[:-1]), receptive_field(windows)
    return equal(
        np.array(after.size) > before.size,
        np.array(windows[-1].kernel_size) > 1,
    )


@law(
    "4.10",
    windows=partial(stacks, depths=(1, 4), kernel_sizes=(2, 3, 4)),
    unless={"windows": SOME},
    breaks={"windows": [Window((1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1))]},
)
def every_layer_widens_the_field(
    receptive_field: Any, windows: Any
) -> Relation:
    """A layer more makes the field larger, if its kernel is larger than 1."""
    before, after = receptive_field(windows[:-1]), receptive_field(windows)
    return at_most(np.add(before.size, 1), after.size)


@law("4.12")
def three_layers_see_3_5_and_7(receptive_field: Any) -> Relation:
    """Layers of 3 x 3 with stride 1 see 3, 5 and 7 pixels."""
    sizes = [receptive_field([Window(3)] * n).size for n in (1, 2, 3)]
    return equal(sizes, [(size, size) for size in THREE_LAYERS])


@law("5.4", depth=lambda _: st.integers(1, 12))
def stride_2_doubles_the_jump(receptive_field: Any, depth: int) -> Relation:
    """With stride 2 in every layer the jump is 2 to the depth."""
    jump = receptive_field([Window(3, stride=2)] * depth).jump
    return equal(jump, (2**depth, 2**depth))


@st.composite
def _strided_below(
    draw: Any, domain: Domain, *, kernel_sizes: tuple[int, ...] = (2, 3)
) -> tuple[Window, list[Window]]:
    """Draw a layer, and the layers above it."""
    below = draw(stacks(domain, depths=(1, 1), paddings=(0,)))[0]
    above = draw(
        stacks(domain, depths=(1, 3), kernel_sizes=kernel_sizes, paddings=(0,))
    )
    return below, above


@law(
    "5.4",
    case=_strided_below,
    unless={"case": partial(_strided_below, kernel_sizes=(1, 2, 3))},
    breaks={"case": (Window((3, 3), (1, 1)), [Window((1, 1), (1, 1))])},
)
def a_larger_stride_widens_the_field(
    receptive_field: Any, case: Any
) -> Relation:
    """A larger stride gives a larger field, if a later kernel is above 1."""
    below, above = case
    rows, columns = below.stride
    wider = below._replace(stride=(rows + 1, columns + 1))
    field, more = (receptive_field([w, *above]) for w in (below, wider))
    return at_most(np.add(field.size, 1), more.size)


def _ones(filters: list[Any]) -> list[Any]:
    return [np.ones_like(w) for w in filters]


def _spread(weights: Any) -> Any:
    """Give the variance of positions under weights."""
    total = sum(weights)
    places = [Fraction(i) for i in range(len(weights))]
    mean = sum(w * i for w, i in zip(weights, places, strict=True)) / total
    squares = [(i - mean) ** 2 for i in places]
    return sum(w * q for w, q in zip(weights, squares, strict=True)) / total


@law("4.16", exact=True, case=partial(filter_stacks, dilations=(1,)))
def the_variance_of_an_equal_field(
    effective_receptive_field: Any, receptive_field: Any, case: Any
) -> Relation:
    """For equal weights the variance is the sum of j^2 (k^2 - 1) / 12."""
    filters, windows = case
    field = effective_receptive_field(
        _ones(filters), strides=[window.stride for window in windows]
    )[0]
    expected = [Fraction(0), Fraction(0)]
    for l, window in enumerate(windows):
        jump = receptive_field(windows[:l]).jump
        for axis, k in enumerate(window.kernel_size):
            expected[axis] += Fraction(jump[axis] ** 2 * (k**2 - 1), 12)
    return equal(
        [_spread(field.sum(axis=1)), _spread(field.sum(axis=0))], expected
    )


@st.composite
def _equal_layers(
    draw: Any, domain: Domain, *, strides: Callable[[int], Any]
) -> tuple[Any, int, int]:
    """Draw a kernel of ones, a depth and a stride."""
    k = draw(st.integers(2, 3))
    kernel = domain.numbers.cast(np.ones((1, 1, k, k), int))
    return kernel, draw(st.integers(2, 3)), draw(strides(k))


@law(
    "4.16",
    case=partial(_equal_layers, strides=lambda _: st.just(1)),
    unless={
        "case": partial(
            _equal_layers, strides=lambda k: st.sampled_from([1, k])
        )
    },
    breaks={"case": (np.ones((1, 1, 2, 2), int), 2, 2)},
)
def weights_gather_at_the_centre(
    effective_receptive_field: Any, case: Any
) -> Relation:
    """With stride 1, equal layers weigh the centre more than the corner.

    With K = S every pixel of the field weighs the same, at any depth.
    """
    kernel, depth, stride = case
    field = effective_receptive_field(
        [kernel] * depth, strides=[stride] * depth
    )[0]
    centre = field[field.shape[0] // 2, field.shape[1] // 2]
    return at_most(field[0, 0] + 1, centre)


@law(
    "4.16",
    case=partial(_equal_layers, strides=st.just),
)
def disjoint_windows_weigh_all_alike(
    effective_receptive_field: Any, case: Any
) -> Relation:
    """With K = S, the field of equal layers is uniform at any depth."""
    kernel, depth, stride = case
    field = effective_receptive_field(
        [kernel] * depth, strides=[stride] * depth
    )
    return equal(field, np.ones_like(field))
