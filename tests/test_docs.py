"""The pages hold every row of the lecture."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from refspec.lecture import CLAIMS

SECTIONS = Path(__file__).parents[1] / "docs" / "sections"
PAGES = sorted(SECTIONS.glob("*.md"))
ROW = re.compile(r"^```\{spec\} (\S+)$", re.MULTILINE)


def _rows(page):
    return ROW.findall(page.read_text(encoding="utf-8"))


def test_every_row_is_on_one_page():
    """The pages hold the rows of the lecture, once each, in order."""
    shown = [claim for page in PAGES for claim in _rows(page)]
    assert shown == list(CLAIMS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_holds_its_own_section(page):
    """The page of a section has no row of another."""
    number = page.stem.split("-")[0]
    assert {row.split(".")[0] for row in _rows(page)} == {number}
