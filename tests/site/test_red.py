"""What a run finds is seen on the page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RIGHT, WRONG = "matmul(w, columns,", "matmul(w, -columns,"


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """Break a definition in a copy, run its laws, and build its pages."""
    copy = tmp_path_factory.mktemp("copy")
    for folder in ("refspec", "docs"):
        ignored = shutil.ignore_patterns("_build", "__pycache__")
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    file = copy / "refspec" / "convolution.py"
    text = file.read_text(encoding="utf-8")
    assert text.count(RIGHT) == 1
    file.write_text(text.replace(RIGHT, WRONG), encoding="utf-8")
    report = copy / "docs" / "_build" / "check.json"
    report.parent.mkdir()

    def run(*arguments):
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=copy, env={**os.environ, "PYTHONPATH": str(copy)},
            check=False, capture_output=True, text=True,
        )  # fmt: skip

    found = run(
        "-c", "from refspec.cli import main; main()",
        "check", "refspec", "--section", "3", "--json", report,
    )  # fmt: skip
    assert found.returncode == 1, found.stderr
    built = run("-m", "sphinx", "-q", "-b", "html", "docs", "html")
    assert built.returncode == 0, built.stderr
    return copy / "html" / "sections"


def _block(folder, claim):
    """Give the HTML of one claim."""
    (page,) = folder.glob(f"{claim[0]}-*.html")
    text = page.read_text(encoding="utf-8")
    _, rest = text.split(f'id="claim-{claim.replace(".", "-")}"')
    return rest.split('id="claim-')[0]


def _definitions(block):
    """Give what is said of each definition of a block."""
    folds = re.findall(
        r"Definition</span> <code.*?>(\w+)</span></code> "
        r'<span class="spec-result (\w+)">',
        block,
    )
    return dict(folds)


def test_a_broken_definition_turns_its_block_red(broken):
    """Its laws are seen broken, with the smallest problem that shows it."""
    block = _block(broken, "3.1")
    assert 'class="spec-result broken">broken<' in block
    assert 'class="is-broken' in block
    assert "replay(" in re.sub("<[^>]*>", "", block)


def test_a_broken_definition_is_red_wherever_it_stands(broken):
    """A law that signs pass holds; the definition beside it does not."""
    block = _block(broken, "5.11")
    assert _definitions(block)["conv2d"] == "broken"


def test_another_definition_stays_green(broken):
    """A definition that is right is not blamed."""
    states = _definitions(_block(broken, "3.8"))
    assert set(states.values()) == {"holds"}
