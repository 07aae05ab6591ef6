"""Known deviations: what is known is no news, anything else still is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import refspec
from refspec import cli
from refspec.oracle import check
from refspec.oracle.implementations import NAMES
from refspec.oracle.known import Known, read_known

DOCS = Path(__file__).parent.parent / "docs"


def wrong_with_groups(x, w, b=None, /, *, groups=1, **options):
    """Answer one too many, where there are groups."""
    answer = refspec.conv2d(x, w, b, groups=groups, **options)
    return answer + (groups > 1)


def wrong_with_a_stride_too(x, w, b=None, /, *, stride=1, **options):
    """Answer one too many, where there is a stride, too."""
    answer = wrong_with_groups(x, w, b, stride=stride, **options)
    return answer + (np.max(stride) > 1)


def refuses_groups(x, w, b=None, /, *, groups=1, **options):
    """Fail where there are groups."""
    return refspec.conv2d(x, w, b, **options) if groups == 1 else {}[groups]


def narrow_sums(x, w, b, /):
    """Add in float16 what is in float16."""
    total = np.zeros((len(x), len(w)), np.float16)
    for i in range(w.shape[1]):
        total += x[:, i, None] * w[:, i]
    return total + b


def narrow_and_doubled(x, w, b, /):
    """Double what is negative as well."""
    answer = narrow_sums(x, w, b)
    return np.where(answer < 0, 2 * answer, answer)


def always_wrong(x, /):
    """Answer in a shape that nobody asks for."""
    return np.zeros((7, 7), x.dtype)


GROUPS = "there is one group"


def _check(function, condition=GROUPS, operation="conv2d", examples=150):
    name = function.__name__
    known = Known(name, operation, "it is old", condition)
    return check(
        operation, function, isolate=False, examples=examples, known=[known]
    )


@pytest.mark.parametrize("function", [wrong_with_groups, refuses_groups])
def test_what_is_known_is_no_news(function):
    """A deviation agrees, and the report says how often it occurred."""
    assert check("conv2d", function, isolate=False, examples=150).ok is False
    report = _check(function)
    assert report.ok, str(report)
    (one,) = [e for e in report.explanations if e.kind == "known"]
    assert one.name == "it is old"
    assert "known, in " in one.sentence


def test_another_fault_is_still_news():
    """The counterexample is not of what is known."""
    report = _check(wrong_with_a_stride_too)
    assert report.verdict == "disagrees"
    problem = report.counterexample.problem
    assert problem.groups == 1
    assert np.max(problem.stride) > 1


@pytest.mark.parametrize(
    ("function", "ok"), [(narrow_sums, True), (narrow_and_doubled, False)]
)
def test_a_known_precision_hides_nothing_else(function, ok):
    """What is further off than a lower precision allows is news."""
    known = Known(
        function.__name__, "dense", "it adds so", dtype="float16",
        precision="float16 sums",
    )  # fmt: skip
    report = check(
        "dense", function, dtype="float16", isolate=False, known=[known],
        supports={"finite": {True}, "bias": {True}},
    )  # fmt: skip
    assert report.ok is ok, str(report)
    assert "at float16 sums" in report.explanations[-1].sentence


def test_integers_have_no_lower_precision():
    """What is known of floats says nothing of them."""
    known = Known("always_wrong", "relu", "old", precision="float16 sums")
    report = check(
        "relu", always_wrong, dtype="int64", isolate=False, examples=40,
        known=[known],
    )  # fmt: skip
    assert report.verdict == "disagrees"


@pytest.mark.parametrize("condition", [GROUPS, ""])
def test_what_no_longer_occurs_is_said(condition):
    """It agrees, and so the entry may go; to refuse nonsense is no fault."""
    report = _check(refspec.conv2d, condition)
    assert report.ok, str(report)
    (one,) = [e for e in report.explanations if e.kind == "no longer"]
    assert "known, not seen again: it is old" in one.sentence


def test_all_of_it_may_be_known():
    """Nothing is left that could be news."""
    report = _check(always_wrong, "", "relu", 40)
    assert report.ok, str(report)
    assert report.reason == "every answer is a known deviation"


def test_of_another_number_type_nothing_is_known():
    """An entry with a dtype is about that one."""
    known = [
        Known("always_wrong", "relu", "old", dtype="float64"),
        Known("somebody", "relu", "old"),
        Known("always_wrong", "tanh", "old"),
    ]
    report = check(
        "relu", always_wrong, isolate=False, examples=40, known=known
    )
    assert report.verdict == "disagrees"


ENTRY = """
[[known]]
implementation = "torch"
operation = "relu"
"""

BAD = [
    ("[[known", "Expected"),
    (ENTRY, "entry 1: reason is missing"),
    (f'{ENTRY}reason = "r"\nwhen = "never"', "expected condition, dtype"),
    (f'{ENTRY}reason = "r"\ncondition = "no"', "expected as a condition"),
    (f'{ENTRY}reason = "r"\nprecision = "no"', "expected as a precision"),
    (
        f'{ENTRY}reason = "r"'.replace("relu", "gelu"),
        "there is no operation 'gelu'",
    ),
]


@pytest.mark.parametrize(("text", "said"), BAD)
def test_a_bad_file_gives_one_sentence(tmp_path, text, said):
    """It names the file, and the command line repeats it."""
    file = tmp_path / "known.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=said) as found:
        read_known(file)
    assert str(found.value).startswith(str(file))
    assert "\n" not in str(found.value)
    command = ["check", "refspec", "--op", "relu", "--known", str(file)]
    result = CliRunner().invoke(cli.main, command)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_a_file_that_is_no_text_gives_one_sentence(tmp_path):
    """Bytes that are no UTF-8 are not TOML."""
    file = tmp_path / "known.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="'utf-8' codec"):
        read_known(file)


def test_an_empty_file_knows_nothing(tmp_path):
    """No entry is no error."""
    file = tmp_path / "known.toml"
    file.write_text("", encoding="utf-8")
    assert read_known(file) == []


def test_what_the_docs_know_is_there():
    """Every entry has a name that exists, and a finding to read."""
    findings = (DOCS / "findings.md").read_text(encoding="utf-8")
    known = read_known(DOCS / "known.toml")
    assert known
    for one in known:
        page, _, anchor = one.link.partition("#")
        assert one.implementation in NAMES
        assert page == "findings.md"
        assert f"({anchor})=" in findings, one
