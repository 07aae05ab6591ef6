"""Every public name has one entry, and every source a full citation."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

import refspec

ROOT = Path(refspec.__file__).parents[1]
PAGES = sorted((ROOT / "docs" / "reference").glob("*.md"))
MODULE = re.compile(r"^```\{reference\} (\S+)$", re.MULTILINE)
YEAR = r"((?:1[89]|20)\d\d)"
CITED = re.compile(rf"\({YEAR}\)|(?<=[a-z*], ){YEAR}(?=[,:])")
NEAR = 300
"""Authors stand within so many characters before their year."""


def _modules():
    return [
        module
        for page in PAGES
        for module in MODULE.findall(page.read_text(encoding="utf-8"))
    ]


def test_every_public_name_is_on_one_page():
    """The pages hold what `refspec` offers, each name once."""
    shown = [n for m in _modules() for n in import_module(m).__all__]
    public = [name for name in shown if name in refspec.__all__]
    assert sorted(public) == sorted(refspec.__all__)


@pytest.mark.parametrize(
    "package", ["refspec.oracle", "refspec.laws.problems"]
)
def test_laws_and_oracle_are_on_a_page(package):
    """What a reader imports to check something has an entry."""
    assert package in _modules()


def test_every_page_is_in_the_contents():
    """The contents of the reference name every page of it."""
    index = (ROOT / "docs" / "reference" / "index.md").read_text("utf-8")
    contents = re.search(r"\{toctree\}.*?\n\n(.*?)```", index, re.DOTALL)
    pages = {page.stem for page in PAGES} - {"index"}
    assert sorted(contents[1].split()) == sorted(pages)


def _citations():
    for path in sorted((ROOT / "refspec").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for found in CITED.finditer(text):
            before = text[max(0, found.start() - NEAR) : found.start()]
            year = found[1] or found[2]
            yield before, year


CITATIONS = list(_citations())


def _sources():
    """Give the first author and the year of every full citation."""
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    return re.findall(r"^(\w+), .*\((\d{4})\)$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("before", "year"), CITATIONS, ids=[year for _, year in CITATIONS]
)
def test_a_source_has_a_full_citation(before, year):
    """Who is named with a year stands in the list of sources."""
    assert any(author in before for author, when in _sources() if when == year)


@pytest.mark.parametrize(("author", "year"), _sources())
def test_a_full_citation_is_of_a_source(author, year):
    """Nobody stands in the list of sources who is not named."""
    assert any(author in before for before, when in CITATIONS if when == year)
