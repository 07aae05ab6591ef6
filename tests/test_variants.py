"""The catalogue of variants: each runs, and each is told apart."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pytest
from right import RIGHT

import refspec
from refspec.laws import LAWS
from refspec.laws.problems import Problem
from refspec.oracle.formats import ARITHMETICS
from refspec.oracle.judging import bounds_of, compare, truth
from refspec.oracle.trials import OPERATIONS, draw_trials
from refspec.oracle.variants import VARIANTS

KINDS = ("narrow", "real", "odd", "close")
OTHER_TYPES = {"mean cut to a whole number": "int64"}
"""What shows in no float."""
BOTH = [
    pytest.param(name, operation, id=f"{name}-{operation}")
    for name, variant in VARIANTS.items()
    for operation in variant.operations
    if operation in OPERATIONS
]


@cache
def problems(operation, dtype):
    """Draw problems of an operation, simple ones first."""
    drawn = []
    for kind in ("narrow",) if dtype == "int64" else KINDS:
        count = 80 if kind == "narrow" else 20
        found, _ = draw_trials(operation, kind, dtype, examples=count, seed=1)
        drawn += [t.problem for t in found if t.valid]
    answered = []
    for problem in [*drawn, *_seldom(drawn)]:
        expected = _asked(getattr(refspec, operation), problem)
        if not (isinstance(expected, tuple) and not expected):
            answered.append((problem, expected))
    return answered


def _seldom(drawn):
    """Give what is drawn seldom or never: "same", and no stride."""
    for problem in drawn:
        options = vars(problem)
        if "padding" in options and not {"dy", "y"} & set(options):
            yield problem.but(padding="same")
        if "kernel_size" in options and "stride" in options:
            yield Problem(
                **{n: v for n, v in options.items() if n != "stride"}
            )


def _same(got, expected):
    if isinstance(expected, tuple) or isinstance(got, tuple):
        if not isinstance(got, tuple) or not isinstance(expected, tuple):
            return False
        return len(got) == len(expected) and all(map(_same, got, expected))
    got, expected = np.asarray(got), np.asarray(expected)
    return got.shape == expected.shape and np.array_equal(
        got, expected, equal_nan=True
    )


def _asked(implementation, problem):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return problem.on(implementation)
        except (ValueError, IndexError):
            return ()


def _arrays(problem):
    return [v for v in vars(problem).values() if isinstance(v, np.ndarray)]


@pytest.mark.parametrize(("name", "operation"), BOTH)
def test_a_variant_is_told_apart(name, operation):
    """It answers, or refuses, and on some problem otherwise."""
    made = VARIANTS[name].of(operation)
    dtype = OTHER_TYPES.get(name, "float64")
    differs = answers = 0
    for problem, expected in problems(operation, dtype):
        before = [a.copy() for a in _arrays(problem)]
        got = _asked(made, problem)
        after = _arrays(problem)
        assert all(map(_same, after, before)), "changes its arguments"
        answers += not (isinstance(got, tuple) and not got)
        differs += not _same(got, expected)
    assert differs, "equals the definition everywhere"
    assert answers, "answers nothing"


RIGHTS = [
    pytest.param(operation, name, id=f"{operation}-{name}")
    for operation, by_name in RIGHT.items()
    for name in by_name
]


@pytest.mark.parametrize(("operation", "name"), RIGHTS)
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_right_but_different(operation, name, dtype):
    """Other ways to the same numbers are as right, in their own dtype."""
    law = f"{operation}_equals_the_definition"
    assert law in LAWS
    drawn, _ = draw_trials(operation, "narrow", dtype, examples=25, seed=3)
    asked = 0
    for problem in (t.problem for t in drawn if t.valid):
        expected = _asked(getattr(refspec, operation), problem)
        if not all(np.isfinite(a).all() for a in _tuple(expected)):
            continue  # of float16
        try:
            got = problem.on(RIGHT[operation][name])
        except NotImplementedError:
            continue
        asked += 1
        for ours, theirs in zip(_tuple(expected), _tuple(got), strict=True):
            assert theirs.dtype == np.dtype(dtype)
            assert theirs.shape == np.shape(ours)
        exact = truth(operation, problem)
        transform = TRANSFORMS.get(name, "")
        allowed = bounds_of(
            operation, problem, exact, ARITHMETICS[dtype], transform
        )
        fault, _ = compare(_tuple(got), exact, allowed, np.dtype(dtype))
        assert fault is None, fault
    assert asked or name in {"the reshape trick", "Winograd F(2x2, 3x3)"}


TRANSFORMS = {"fft": "fft", "Winograd F(2x2, 3x3)": "winograd"}
"""The ones that only a bound on the whole can hold for."""


def _tuple(answer):
    return answer if isinstance(answer, tuple) else (answer,)
