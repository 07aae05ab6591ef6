"""Every claim of the lecture is carried, and nothing carries a ghost."""

from __future__ import annotations

import pytest

import refspec
from refspec.laws import LAWS, ledger
from refspec.lecture import CLAIMS

BUILT = [claim for claim in CLAIMS if CLAIMS[claim].section < 9]


@pytest.mark.parametrize("claim", BUILT)
def test_every_row_is_done(claim):
    """A D row has a definition; an X, T or C row has a law."""
    assert ledger.row(claim).missing == ""


@pytest.mark.parametrize("name", LAWS)
def test_a_law_names_rows_of_the_lecture(name):
    """Every law names at least one claim, and only claims that exist."""
    assert LAWS[name].claims
    assert set(LAWS[name].claims) <= set(CLAIMS)


@pytest.mark.parametrize("name", refspec.__all__)
def test_a_definition_names_rows_of_the_lecture(name):
    """Every public definition names claims that exist."""
    claims = ledger.claims_of(name)
    assert claims
    assert set(claims) <= set(CLAIMS)


@pytest.mark.parametrize("claim", [c for c in BUILT if "C" in CLAIMS[c].kinds])
def test_a_conditional_row_is_tested_both_ways(claim):
    """A C row has a law that is broken without the condition."""
    assert any(law.breaks for law in ledger.row(claim).laws)


@pytest.mark.parametrize("name", LAWS)
def test_a_law_is_one_sentence(name):
    """A law states its claim in one sentence."""
    assert LAWS[name].sentence.endswith(".")


def test_every_operation_of_a_law_is_public():
    """A law is about public operations only."""
    operations = {o for law in LAWS.values() for o in law.operations}
    assert operations <= set(refspec.__all__)


def test_every_law_is_about_an_operation():
    """A law that takes no operation would check nobody."""
    assert all(law.operations for law in LAWS.values())


def test_a_deciding_law_has_one_operation_and_its_name():
    """What decides is called `<operation>_equals_the_definition`."""
    for name, law in LAWS.items():
        if law.decides:
            assert name == f"{law.operations[0]}_equals_the_definition"
            assert len(law.operations) == 1
            assert list(law.draws) == ["p"]
