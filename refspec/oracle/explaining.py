"""Why a candidate is wrong: named, where its answers have a name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from refspec._numbers import Array
from refspec.laws import LAWS
from refspec.laws.domain import FLOAT32, FLOAT64, INT64, Numbers
from refspec.oracle import bounds
from refspec.oracle.bounds import TRANSFORMS, Bounds
from refspec.oracle.candidates import Answer, Candidate
from refspec.oracle.conditions import right_where
from refspec.oracle.formats import (
    Arithmetic,
    dtype_of,
    lower,
    nearest,
)
from refspec.oracle.implementations import Implementation
from refspec.oracle.judging import Exact, Fault, bounds_of, compare, truth
from refspec.oracle.run import check_law
from refspec.oracle.trials import Trial
from refspec.oracle.variants import Variant, variants_of
from refspec.oracle.verdicts import Explanation

__all__ = ["Rules", "Tried", "explanations", "rivals"]


@dataclass(frozen=True)
class Rules:
    """What the answers of a check are held to."""

    operation: str
    dtype: str
    arithmetic: Arithmetic
    definition: Callable[..., Any]
    transform: str = ""

    @property
    def number_type(self) -> np.dtype[Any]:
        """The dtype of the arrays."""
        return dtype_of(self.dtype)


@dataclass(eq=False)
class Tried:
    """A trial, what came of it, and what should have."""

    rules: Rules
    trial: Trial
    answer: Answer
    changes: bool = False
    """Whether changed inputs are accepted."""
    _found: tuple[Fault | None, float] | None = field(default=None, init=False)

    @cached_property
    def exact(self) -> tuple[Exact, ...]:
        """What the definition says."""
        r = self.rules
        return truth(r.operation, self.trial.problem, r.definition)

    @cached_property
    def allowed(self) -> Bounds | None:
        """What each cell may be off by."""
        r = self.rules
        return bounds_of(
            r.operation, self.trial.problem, self.exact, r.arithmetic,
            r.transform,
        )  # fmt: skip

    @property
    def answered(self) -> bool:
        """Say whether there are arrays to compare."""
        return self.answer.kind == "answer"

    @property
    def fault(self) -> Fault | None:
        """The first fault of the answer."""
        return self._judged()[0]

    @property
    def share(self) -> float:
        """How much of its bound the answer uses."""
        return self._judged()[1]

    def _judged(self) -> tuple[Fault | None, float]:
        if self._found is None:
            self._found = self._judge()
        return self._found

    def _judge(self) -> tuple[Fault | None, float]:
        if not self.trial.valid or self.answer.kind in {"raised", "hung"}:
            return None, 0.0
        if not self.answered:
            return Fault(self.answer.text), np.inf
        fault, share = compare(
            self.answer.arrays, self.exact, self.allowed,
            self.rules.number_type,
        )  # fmt: skip
        if fault is None and self.answer.changed and not self.changes:
            return Fault("the call changes its inputs"), np.inf
        return fault, share

    def within(
        self, exact: tuple[Exact, ...], allowed: Bounds | None
    ) -> bool:
        """Say whether the answer is these numbers, within such a bound."""
        return _passes(self.answer.arrays, exact, allowed, self.rules)


def _passes(
    answers: tuple[Array, ...],
    exact: tuple[Exact, ...],
    allowed: Bounds | None,
    rules: Rules,
) -> bool:
    return compare(answers, exact, allowed, rules.number_type)[0] is None


def explanations(
    rules: Rules, tried: Sequence[Tried], candidate: Candidate
) -> list[Explanation]:
    """Find names for what is wrong with a candidate's answers."""
    judged = [t for t in tried if t.trial.valid and t.answered]
    judged.sort(key=lambda t: (t.fault is None, _size(t.trial)))
    found: list[Explanation] = []
    if not any(t.answer.changed for t in judged if t.fault):
        found += _named(rules, judged)
    if not found:
        found += _precisions(rules, judged)
    if not found:
        found += _transforms(rules, judged)
    if not any(e.kind in {"convention", "mistake"} for e in found):
        found += _condition(judged)
    if not found:
        found += _laws(rules, candidate)
    return found


def _size(trial: Trial) -> int:
    arrays = vars(trial.problem).values()
    return sum(a.size for a in arrays if isinstance(a, np.ndarray))


def _named(rules: Rules, judged: Sequence[Tried]) -> list[Explanation]:
    """Name the variants that give the same answers to every problem."""
    return [
        Explanation(variant.kind, variant.name, _equals(variant))
        for variant in variants_of(rules.operation)
        if _is_variant(rules, judged, variant)
    ]


def _equals(variant: Variant) -> str:
    return (
        f"on every problem the answer is that of the {variant.kind} "
        f'"{variant.name}": {variant.sentence}'
    )


KIN = 4
"""How many bounds of the definition a variant's own answer may be off.

Its sums have the factors of the definition's, in other places or other
numbers; a variance over m - 1 for one over m doubles at most.
"""


def _is_variant(
    rules: Rules, judged: Sequence[Tried], variant: Variant
) -> bool:
    function = variant.of(rules.operation)
    for one in judged:
        problem = one.trial.problem
        try:
            with np.errstate(all="ignore"):
                exact = truth(rules.operation, problem, function)
                allowed = bounds_of(
                    rules.operation, problem, exact, rules.arithmetic
                )
        except Exception:  # noqa: BLE001 -- it has no answer here
            return False
        if allowed is not None and any(
            b.shape != e.high.shape for b, e in zip(allowed, exact, strict=False)
        ):
            allowed = None
        kin = None if allowed is None else tuple(KIN * b for b in allowed)
        if not one.within(exact, kin):
            return False
    return bool(judged)


def _finite(judged: Sequence[Tried]) -> list[Tried]:
    """Leave NaN and infinity out; nothing is left where only they are wrong."""
    finite = [t for t in judged if t.trial.kind != "odd"]
    return finite if any(t.fault for t in finite) else []


def _precisions(rules: Rules, judged: Sequence[Tried]) -> list[Explanation]:
    """Name the highest precision within whose bound every answer is."""
    if rules.dtype.startswith("int"):
        return []
    finite = _finite(judged)
    if bounds.rounds(rules.operation) and finite:
        passes = all(
            t.within(t.exact, bounds_of(
                rules.operation, t.trial.problem, t.exact, rules.arithmetic,
                one_pass=True,
            ))
            for t in finite
        )  # fmt: skip
        if passes and rules.operation.startswith(("batch", "running")):
            return [
                Explanation(
                    "precision", "one-pass variance",
                    "every answer is as close as a variance computed as "
                    "E[x^2] - E[x]^2 gets, which cancels where the mean is "
                    "far from 0",
                )
            ]  # fmt: skip
    for rung in lower(rules.dtype):
        if finite and all(_at(rules, t, rung) for t in finite):
            return [
                Explanation(
                    "precision", rung.name,
                    f"agrees only at a lower precision: {rung.name}",
                )
            ]  # fmt: skip
    return []


def _at(rules: Rules, one: Tried, rung: Arithmetic) -> bool:
    """Say whether an answer is as good as a lower precision's."""
    problem, operation = one.trial.problem, rules.operation
    if bounds.rounds(operation):
        return one.within(
            one.exact, bounds_of(operation, problem, one.exact, rung)
        )
    rounded = _rounded(problem, rung)
    return one.within(truth(operation, rounded, rules.definition), None)


def _rounded(problem: Any, rung: Arithmetic) -> Any:
    return problem.but(
        **{
            name: nearest(value.astype(np.float64), rung.inputs)
            for name, value in vars(problem).items()
            if isinstance(value, np.ndarray) and value.dtype.kind not in "iub"
        }
    )


def _transforms(rules: Rules, judged: Sequence[Tried]) -> list[Explanation]:
    """Say whether answers are right as a whole, but not cell by cell."""
    if rules.operation not in bounds.NORMS or rules.dtype.startswith("int"):
        return []
    finite = _finite(judged)
    for name in TRANSFORMS:
        if finite and all(
            t.within(t.exact, bounds_of(
                rules.operation, t.trial.problem, t.exact, rules.arithmetic,
                name,
            ))
            for t in finite
        ):  # fmt: skip
            return [
                Explanation(
                    "transform", name,
                    f"inside the norm-wise bound only: it looks like a "
                    f"transform; if it is, declare "
                    f"declares={{'transform': {name!r}}}",
                )
            ]  # fmt: skip
    return []


def _condition(judged: Sequence[Tried]) -> list[Explanation]:
    right = [t.trial for t in judged if t.fault is None]
    wrong = [t.trial for t in judged if t.fault is not None]
    found = right_where(right, wrong)
    if found is None:
        return []
    condition, share = found
    often = "wrong elsewhere" if share == 1 else f"wrong in {share:.0%} of "
    often += "" if share == 1 else "the other problems"
    return [
        Explanation(
            "condition", condition.sentence,
            f"right wherever {condition.sentence}; {often}",
        )
    ]  # fmt: skip


LAW_EXAMPLES = 20
NUMBERS: dict[str, Numbers] = {
    "float32": FLOAT32, "float64": FLOAT64, "int64": INT64,
}  # fmt: skip


def _laws(rules: Rules, candidate: Candidate) -> list[Explanation]:
    """Name the laws of the operation alone that the candidate breaks."""
    numbers = NUMBERS.get(rules.dtype)
    if numbers is None:
        return []
    it = Implementation(
        candidate.name, {rules.operation: candidate}, numbers=(numbers,)
    )
    broken = []
    for law in LAWS.values():
        if law.operations == (rules.operation,) and not law.decides:
            finding = check_law(law, it, examples=LAW_EXAMPLES)
            if finding.verdict == "broken":
                broken.append(law)
    return [
        Explanation("law", law.name, f"breaks the law: {law.sentence}")
        for law in broken[:3]
    ]


# Rivals: wrong answers that the problems must be able to tell.


def rivals(rules: Rules, tried: Sequence[Tried]) -> list[str]:
    """Name the wrong answers that would have passed every problem."""
    judged = [t for t in tried if t.trial.valid and t.answered]
    cells = [e.high.flat[0] for t in judged for e in t.exact if e.high.size]
    constant = cells[0] if cells else 0
    made: dict[str, Callable[[Tried], Any]] = {
        "zeros": lambda t: [np.zeros_like(e.high) for e in t.exact],
        "a constant": lambda t: [
            np.full_like(e.high, constant) for e in t.exact
        ],
        "a copy of the input": _copy,
        "the sign turned": lambda t: [-e.high for e in t.exact],
    }
    rung = _rung_below(rules)
    if bounds.rounds(rules.operation) and rung and not rules.transform:
        made[f"a lower precision ({rung.name})"] = lambda t: _narrower(t, rung)
    return [
        name
        for name, rival in made.items()
        if not any(_fails(one, rival) for one in judged)
    ]


def _rung_below(rules: Rules) -> Arithmetic | None:
    """Give the first precision that is below what is declared."""
    if rules.dtype.startswith("int"):
        return None
    own = rules.arithmetic
    for rung in lower(rules.dtype):
        narrower = rung.sums.digits < own.sums.digits
        if rung.inputs.digits < own.inputs.digits or (
            rung.inputs == own.inputs and narrower
        ):
            return rung
    return None


def _fails(one: Tried, rival: Callable[[Tried], Any]) -> bool:
    try:
        with np.errstate(all="ignore"):
            answers = [
                np.asarray(a).astype(_type_of(one, e.high))
                for a, e in zip(rival(one), one.exact, strict=True)
            ]
    except ValueError:
        return True
    return not _passes(tuple(answers), one.exact, one.allowed, one.rules)


def _type_of(one: Tried, high: Array) -> np.dtype[Any]:
    integer = high.dtype.kind in "iub"
    dtype = one.rules.number_type
    if not integer and dtype.kind in "iub":
        return np.dtype(np.float64)
    return high.dtype if integer else dtype


def _copy(one: Tried) -> list[Array]:
    """Give the first array back, for each answer that has its shape."""
    arrays = [
        a
        for a in vars(one.trial.problem).values()
        if isinstance(a, np.ndarray)
    ]
    return [
        next(a for a in arrays if a.shape == e.high.shape)
        if any(a.shape == e.high.shape for a in arrays)
        else np.zeros(0)
        for e in one.exact
    ]


def _narrower(one: Tried, rung: Arithmetic) -> list[Array]:
    """Compute from inputs that are rounded to a lower precision."""
    if one.trial.kind == "odd":
        return [e.high for e in one.exact]
    definition = one.rules.definition
    problem = _rounded(one.trial.problem, rung)
    answers = problem.on(definition)
    answers = answers if isinstance(answers, tuple) else (answers,)
    narrow = min(rung.sums, rung.inputs, key=lambda f: f.digits)
    if rung.inputs == one.rules.arithmetic.inputs:
        return [nearest(np.asarray(a), narrow) for a in answers]
    return [np.asarray(a) for a in answers]

