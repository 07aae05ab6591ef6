"""The lecture's pages say everything in Portuguese too."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

DOCS = Path(__file__).parents[2] / "docs"
CATALOGUE = DOCS / "locale" / "pt_BR" / "LC_MESSAGES" / "pages.po"
PAGES = sorted(f"sections/{page.stem}" for page in DOCS.glob("sections/*.md"))
NUMBER = re.compile(r"\d+")
CODE = re.compile(r"`(?:[^`<]*<)?([^`>]*)>?`")
"""Code between backticks, or the target of a reference."""


def _read(path):
    with path.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="session")
def messages(tmp_path_factory):
    """Give the messages of each page: a catalogue for each."""
    out = tmp_path_factory.mktemp("gettext")
    subprocess.run(
        [
            sys.executable, "-m", "sphinx", "-q", "-b", "gettext",
            "-D", "gettext_compact=0", str(DOCS), str(out),
        ],
        check=True,
    )  # fmt: skip
    return lambda page: [m.id for m in _read(out / f"{page}.pot") if m.id]


@pytest.fixture(scope="session")
def translated():
    """Give what each message is in Portuguese."""
    return {m.id: m.string for m in _read(CATALOGUE) if not m.fuzzy}


@pytest.mark.parametrize("page", ["index", "play", "browser", *PAGES])
def test_no_message_is_untranslated(messages, translated, page):
    """Every sentence of the lecture and of what to play with is there."""
    missing = [text for text in messages(page) if not translated.get(text)]
    assert missing == []


@pytest.mark.parametrize("page", ["index", "play", "browser", *PAGES])
def test_numbers_and_names_are_those_of_the_original(
    messages, translated, page
):
    """A translation computes nothing: its numbers and code are the same."""
    for text in messages(page):
        other = translated[text]
        assert sorted(NUMBER.findall(text)) == sorted(NUMBER.findall(other))
        assert sorted(CODE.findall(text)) == sorted(CODE.findall(other))
