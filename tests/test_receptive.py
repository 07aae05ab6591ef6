"""What the laws cannot say of receptive fields: types, sizes, refusals."""

from __future__ import annotations

from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

from refspec import (
    ReceptiveField,
    Window,
    effective_receptive_field,
    receptive_field,
    receptive_field_closed_form,
    receptive_field_trace,
)
from refspec.receptive import grow, join

NARROW = (np.float16, ml_dtypes.bfloat16)


def _filters(values, dtype):
    """Make a layer of one weight of each value."""
    return [np.full((1, 1, 1, 1), value, dtype) for value in values]


def test_no_layer_sees_the_pixel_itself():
    """Without layers, a cell is a pixel."""
    assert receptive_field([]) == ((1, 1), (1, 1), (0, 0))
    assert receptive_field_closed_form([]) == receptive_field([])
    rows, columns = receptive_field_trace([], cell=(2, 3))
    assert (rows.tolist(), columns.tolist()) == ([2], [3])


@pytest.mark.parametrize(
    "field", [receptive_field, receptive_field_closed_form]
)
def test_fields_are_python_integers_of_any_size(field):
    """A hundred strides give a jump that no machine integer holds."""
    window = Window(np.int64(3), stride=np.int32(2))
    found = field([window] * 100)
    assert found == ((2**101 - 1,) * 2, (2**100,) * 2, (0, 0))
    assert {type(n) for pair in found for n in pair} == {int}


@pytest.mark.parametrize(
    "field",
    [receptive_field, receptive_field_closed_form, receptive_field_trace],
)
def test_layers_may_come_one_at_a_time(field):
    """A generator of windows is read once, and gives what a list gives."""
    stack = [Window(3, stride=2, padding=1), Window((1, 2))]
    answers = field(iter(stack)), field(stack)
    one, other = ([np.asarray(n).tolist() for n in a] for a in answers)
    assert one == other


def test_the_padding_after_the_image_moves_nothing():
    """Only the padding before the first pixel moves the start."""
    before, after = Window(3, padding=((2, 0), (1, 0))), Window(3)
    assert receptive_field([before]).start == (-2, -1)
    padded = after._replace(padding=((0, 2), (0, 1)))
    assert receptive_field([padded]) == receptive_field([after])


@pytest.mark.parametrize("stack", [3, [3], [None], [(3, 1, 0, 1)]])
def test_what_is_no_stack_of_windows_is_refused(stack):
    """Says what one is."""
    words = "^windows: expected a Window for each layer, found "
    with pytest.raises(ValueError, match=words):
        receptive_field(stack)


@pytest.mark.parametrize("padding", ["same", "valid", -1])
def test_padding_that_needs_a_size_is_refused(padding):
    """A window has no image to fit its padding to."""
    with pytest.raises(ValueError, match=r"^padding: "):
        receptive_field([Window(3, padding=padding)])


def test_branches_that_meet_see_what_any_of_them_sees():
    """A sum sees from the first pixel of its branches to the last."""
    pixel = receptive_field([])
    left = grow(pixel, Window(1, padding=((2, 0), (0, 0))))
    right = grow(pixel, Window((1, 5), padding=((0, 0), (1, 0))))
    assert join([left, right]) == ReceptiveField((3, 5), (1, 1), (-2, -1))


@pytest.mark.parametrize("dtype", NARROW)
def test_an_effective_field_of_narrow_floats_rounds_once(dtype):
    """Only the last answer is rounded, not that of each layer."""
    rng = np.random.default_rng(0)
    filters = [rng.normal(size=(2, 2, 2, 2)).astype(dtype) for _ in range(4)]
    wide = effective_receptive_field([w.astype(float) for w in filters])
    narrow = effective_receptive_field(filters)
    assert narrow.dtype == dtype
    assert np.array_equal(narrow, wide.astype(dtype))


def test_a_large_weight_on_the_way_is_no_overflow():
    """512 * 512 is no float16; a layer below brings it back to 4."""
    weights = (1 / 256, 1 / 256, 512, 512)
    field = effective_receptive_field(_filters(weights, np.float16))
    assert field.item() == 4


def test_integers_that_fit_at_the_end_fit():
    """2**80 on the way to 0 is no overflow; at the end it is refused."""
    weights = (0, 2**40, 2**40)
    field = effective_receptive_field(_filters(weights, np.int64))
    assert (field.dtype, field.item()) == (np.int64, 0)
    with pytest.raises(ValueError, match="fits int64"):
        effective_receptive_field(_filters(weights[1:], np.int64))
    field = effective_receptive_field(_filters(weights[1:], object))
    assert field.item() == 2**80


def test_integers_of_many_paths_that_fit_at_the_end_fit():
    """Two paths of 2**62 on the way to 0 are no overflow."""
    top = np.full((2, 1, 1, 1), 2**62)
    field = effective_receptive_field([*_filters([0], np.int64), top])
    assert (field.dtype, field.item()) == (np.int64, 0)


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ((np.int8, np.uint8), np.int64),
        ((np.int8, np.float16), np.float16),
        ((np.float16, np.float32), np.float32),
        ((np.float32, np.float64), np.float64),
    ],
)
def test_the_order_of_layers_does_not_choose_the_type(types, expected):
    """The answer has the type that all layers have in common."""
    for order in (types, types[::-1]):
        filters = [np.ones((1, 1, 1, 2), dtype) for dtype in order]
        assert effective_receptive_field(filters).dtype == expected


def test_fractions_stay_fractions():
    """A half beside whole numbers gives exact halves."""
    half = [[[[Fraction(1, 2), 0]]]]
    field = effective_receptive_field([[[[[1, 3]]]], half])
    assert field.tolist() == [[[Fraction(1, 2), Fraction(3, 2), 0]]]
