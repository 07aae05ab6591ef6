"""The run: what a finding says, and that it can be had again."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from refspec import conv2d
from refspec.laws import LAWS
from refspec.laws.domain import FLOAT64, INT64, Unsupported
from refspec.laws.relations import equal
from refspec.oracle import Implementation, check_law, check_laws, load, replay

DECIDES = "conv2d_equals_the_definition"


def _offering(**operations):
    return Implementation("mine", operations)


def _flipped(x, w, *rest, **options):
    return conv2d(x, np.asarray(w)[..., ::-1, ::-1], *rest, **options)


def test_a_right_implementation_agrees():
    """The definition agrees with itself."""
    assert check_law(DECIDES, _offering(conv2d=conv2d)).verdict == "holds"


def test_a_missing_operation_is_not_supported():
    """What is not offered is reported, never passed."""
    finding = check_law(DECIDES, _offering())
    assert (finding.verdict, finding.reason) == ("unsupported", "no conv2d")


def test_an_exact_law_says_nothing_of_floats():
    """A law without representable data does not run on floats."""
    exact = [law for law in LAWS.values() if law.exact]
    offered = _offering(
        **{
            name: load("refspec").operations[name]
            for law in exact
            for name in law.operations
        }
    )
    verdicts = {f.verdict for f in check_laws([offered], exact)}
    assert verdicts == {"exact only"}


def test_a_limit_that_is_raised_is_counted_and_not_passed():
    """A law none of whose cases is supported is not supported."""

    def limited(*_, **__):
        raise Unsupported("not today")

    finding = check_law(DECIDES, _offering(conv2d=limited), examples=10)
    assert finding.verdict == "unsupported"
    assert finding.reason == "not today"
    assert finding.examples == 0
    assert finding.skipped > 0


def test_a_limit_on_some_cases_leaves_the_others():
    """A law is held to on the cases that are supported."""

    def ungrouped(*arrays, groups=1, **options):
        if groups > 1:
            raise Unsupported("groups")
        return conv2d(*arrays, **options)

    finding = check_law(DECIDES, _offering(conv2d=ungrouped))
    assert finding.verdict == "holds"
    assert finding.skipped > 0


def test_a_declared_limit_narrows_what_is_drawn():
    """No case is drawn outside of what an implementation declares."""
    seen = set()

    def ungrouped(*arrays, groups=1, **options):
        seen.add(groups)
        return conv2d(*arrays, groups=groups, **options)

    mine = Implementation(
        "mine", {"conv2d": ungrouped},
        supports={"conv2d": {"groups": frozenset({1})}},
    )  # fmt: skip
    assert check_law(DECIDES, mine).verdict == "holds"
    assert seen == {1}


def test_a_law_that_needs_more_is_not_supported():
    """A law about groups is not put to who has none."""
    mine = Implementation(
        "mine", {"conv2d": conv2d},
        supports={"conv2d": {"groups": frozenset({1})}},
    )  # fmt: skip
    finding = check_law("groups_are_convolutions_side_by_side", mine)
    assert finding.verdict == "unsupported"


def test_an_operation_is_put_to_its_own_numbers_only():
    """Number types that one operation lacks are not drawn for it."""
    seen = set()

    def watched(x, *arrays, **options):
        seen.add(x.dtype.name)
        return conv2d(x, *arrays, **options)

    mine = Implementation(
        "mine", {"conv2d": watched}, numbers=(INT64, FLOAT64),
        number_limits={"conv2d": (FLOAT64,)},
    )  # fmt: skip
    check_law(DECIDES, mine)
    assert seen == {"float64"}


def test_the_same_seed_finds_the_same():
    """A finding can be had again from its seed."""
    first, again = (
        check_law(DECIDES, _offering(conv2d=_flipped), seed=5)
        for _ in range(2)
    )
    assert first.verdict == "broken"
    assert (first.reason, first.python) == (again.reason, again.python)


def test_a_case_replays():
    """The shrunk case breaks the law on its own."""
    mine = _offering(conv2d=_flipped)
    finding = check_law(DECIDES, mine)
    again = replay(DECIDES, mine, **finding.case)
    assert (again.verdict, again.reason) == ("broken", finding.reason)


def test_a_case_is_python_that_can_be_pasted():
    """The Python of a finding runs, and finds the same."""
    finding = check_law(DECIDES, _offering(conv2d=_flipped))
    printed = []
    names = {
        "implementation": finding.implementation,
        "print": lambda found: printed.append(str(found)),
    }
    exec(finding.python, names)  # noqa: S102 -- this is the promise
    assert printed == [str(finding)]


def test_the_case_is_small():
    """A turned kernel is shown on a handful of cells."""
    p = check_law(DECIDES, _offering(conv2d=_flipped), examples=200).case["p"]
    assert p.x.size * p.w.size <= 4


def test_what_raises_disagrees():
    """An implementation that raises is told what it raised."""

    def broken(*_, **__):
        raise RuntimeError("no kernel image")

    finding = check_law(DECIDES, _offering(conv2d=broken))
    assert finding.verdict == "broken"
    assert "RuntimeError: no kernel image" in finding.reason


def test_a_warning_is_no_difference():
    """What warns and is right agrees."""

    def warns(*arrays, **options):
        warnings.warn("invalid value in matmul", RuntimeWarning, stacklevel=1)
        return conv2d(*arrays, **options)

    assert check_law(DECIDES, _offering(conv2d=warns)).verdict == "holds"


def test_two_answers_to_one_case_disagree():
    """An answer that changes from call to call is not right."""
    calls = []

    def moody(*arrays, **options):
        calls.append(1)
        return conv2d(*arrays, **options) + len(calls) % 2

    assert check_law(DECIDES, _offering(conv2d=moody)).verdict == "broken"


@pytest.mark.parametrize("name", ["nobody", ""])
def test_an_unknown_implementation_is_refused(name):
    """Loading what is not there says what is."""
    with pytest.raises(ValueError, match="expected one of refspec, scipy"):
        load(name)


WRONG_SHAPES = {
    "one axis less": lambda y: y[0],
    "one axis more": lambda y: y[None],
    "three answers": lambda y: (y, y, y),
    "no answer": lambda y: (),  # noqa: ARG005
    "none": lambda y: None,  # noqa: ARG005
}


@pytest.mark.parametrize("shape", WRONG_SHAPES)
def test_an_answer_of_another_rank_is_a_finding(shape):
    """Whatever comes back, every law ends in a verdict."""
    wrong = WRONG_SHAPES[shape]
    mine = _offering(conv2d=lambda *a, **o: wrong(conv2d(*a, **o)))
    alone = [law for law in LAWS.values() if law.operations == ("conv2d",)]
    findings = check_laws([mine], alone, examples=10)
    verdicts = {finding.law.name: finding.verdict for finding in findings}
    assert len(verdicts) == len(alone)
    assert verdicts[DECIDES] == "broken"


def test_more_answers_than_expected_are_a_difference():
    """Two answers where three are wanted are told, not paired off."""
    difference = equal((1, 2), (1, 2, 3)).difference()
    assert str(difference) == "2 answers, expected 3"
