"""The lecture as data: every row is there, and nobody can change it."""

from __future__ import annotations

from fractions import Fraction
from types import MappingProxyType

import numpy as np
import pytest

from refspec import lecture
from refspec.lecture import CLAIMS, KINDS, SECTIONS, tables

ROWS = {1: 10, 2: 8, 3: 11, 4: 16, 5: 12, 6: 10, 7: 5, 8: 12, 9: 1}
ARRAYS = {
    name: value
    for name in tables.__all__
    if isinstance(value := getattr(tables, name), np.ndarray)
}


def test_every_row_is_there():
    """The rows of each section are numbered without a gap, in order."""
    ids = [
        f"{section}.{n + 1}" for section in ROWS for n in range(ROWS[section])
    ]
    assert list(CLAIMS) == ids
    assert [claim.id for claim in CLAIMS.values()] == ids
    assert list(SECTIONS) == list(ROWS)


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_a_row_says_what_it_is(claim):
    """It has a section, a slide, a kind or more, and whole sentences."""
    assert claim.section in SECTIONS
    assert claim.slide
    assert claim.kinds
    assert claim.kinds <= set(KINDS)
    for text in (claim.statement, claim.condition, claim.counterexample):
        assert not text or text.endswith(".")
    assert claim.statement


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_a_condition_comes_with_what_breaks_it(claim):
    """A row of kind C, and no other, has a condition."""
    assert bool(claim.condition) == ("C" in claim.kinds)
    assert claim.counterexample or not claim.condition


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_a_row_cannot_be_changed(claim):
    """Claims are frozen."""
    with pytest.raises(AttributeError):
        claim.statement = ""


@pytest.mark.parametrize("name", ARRAYS)
def test_a_table_holds_exact_numbers(name):
    """Whole numbers where they are whole, fractions elsewhere."""
    assert {type(cell) for cell in ARRAYS[name].flat} <= {int, Fraction}
    assert ARRAYS[name].astype(float).dtype == np.float64


@pytest.mark.parametrize("name", ARRAYS)
def test_a_table_cannot_be_written_to(name):
    """Tables are read-only."""
    with pytest.raises(ValueError, match="read-only"):
        ARRAYS[name][0, 0] = 0


def test_numbers_by_name_cannot_be_written_to():
    """Nor can the rest of the data."""
    data = [getattr(lecture, name) for name in lecture.__all__]
    data += [getattr(tables, name) for name in tables.__all__]
    assert not any(isinstance(value, (dict, list, set)) for value in data)
    assert isinstance(CLAIMS, MappingProxyType)


@pytest.mark.parametrize(
    ("table", "shape"),
    [
        (tables.EDGE_WINDOW, (3, 3)),
        (tables.EDGE_FILTER, (3, 3)),
        (tables.BORDER_IMAGE, (5, 5)),
        (tables.BORDER_FILTER, (3, 3)),
        (tables.BORDER_RESULT, (3, 3)),
        (tables.PADDED_IMAGE, (5, 5)),
        (tables.PADDED_FRAME, (7, 7)),
        (tables.SHARPEN_FILTER, (3, 3)),
        (tables.PADDED_RESULT, (5, 5)),
        (tables.MIN_POOL_IMAGE, (4, 4)),
        (tables.MIN_POOL_RESULT, (2, 2)),
    ],
)
def test_a_table_has_the_slides_size(table, shape):
    """No cell is missing: the one that 4.1 leaves empty is filled in."""
    assert table.shape == shape


def test_what_is_published_adds_up():
    """The parts of LeNet-5 of 1998 make its 60,000 parameters."""
    assert sum(tables.LENET5_1998_PARAMETERS.values()) == 60_000
    assert sum(tables.LUMA) == 1000
