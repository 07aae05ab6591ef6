"""Put one operation of anybody's to the definition, and give a verdict."""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import Phase, given
from hypothesis import strategies as st
from hypothesis.errors import Flaky

import refspec
from refspec.laws.domain import Unsupported
from refspec.oracle.bounds import TRANSFORMS
from refspec.oracle.candidates import DEADLINE, Answer, Candidate, Missing
from refspec.oracle.conditions import holds, limits_of
from refspec.oracle.explaining import (
    CANCELLING,
    CHANGES,
    Rules,
    Tried,
    explanations,
    is_at,
    named_refusals,
    refutes,
    rivals,
    tells,
)
from refspec.oracle.formats import ARITHMETICS, dtype_of, lower
from refspec.oracle.judging import Fault
from refspec.oracle.known import Known, about
from refspec.oracle.run import searching
from refspec.oracle.targets import supported, target
from refspec.oracle.trials import (
    OPERATIONS,
    Trial,
    draw_trials,
    kinds,
    trials,
)
from refspec.oracle.variants import VARIANTS, variants_of
from refspec.oracle.verdicts import Counterexample, Explanation, Report

__all__ = ["EXAMPLES", "check", "retry"]

EXAMPLES = 500
"""How many problems are tried, unless told otherwise."""

MANY = 100
"""Examples from which on every variant should be told."""

SHRINKING = 15.0
"""Seconds that making a counterexample smaller may take."""

FEW = 5
"""Hangs and crashes that are waited for: each costs a process."""

CRASHES = 40
"""Tries at making a crash smaller."""


def check(
    operation: str,
    implementation: Any,
    *,
    dtype: str = "float32",
    supports: Mapping[str, Iterable[Any]] | None = None,
    declares: Mapping[str, Any] | None = None,
    accept: Collection[str] = (),
    examples: int = EXAMPLES,
    seed: int = 0,
    edges: int = 10,
    arrays: str = "numpy",
    isolate: bool | None = None,
    deadline: float = DEADLINE,
    known: Iterable[Known] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Put an implementation of an operation to the definition.

    Parameters
    ----------
    operation : str
        A public name, such as ``"conv2d"``; see `OPERATIONS`.
    implementation : str, function or Implementation
        ``"path.py:function"``, ``"module:function"`` or the name of one
        that comes with refspec, which run in a process of their own, as does
        a function that can be imported by name; any other runs here.
    dtype : str
        ``"float64"``, ``"float32"``, ``"float16"``, ``"bfloat16"``,
        ``"int64"`` or ``"int8"``.
    supports : mapping, optional
        The values of an option that it supports, where not all:
        ``{"kernel_size": {3}, "groups": {1}}``. Besides the options there
        are ``batch``, ``channels``, ``filters``, ``bias`` (True, False),
        ``even_padding`` ({True}: the same on both sides, and not "same"),
        ``layout``, ``rank`` and ``finite`` ({True}: no NaN or infinity).
        Options that its signature lacks are not asked for.
    declares : mapping, optional
        Conventions that it follows and is then held to, such as
        ``{"tie": "shared"}``; ``{"transform": "fft"}`` or ``"winograd"``;
        ``{"precision": "TF32 inputs"}``.
    accept : collection of str
        Names of variants or precisions that are as good:
        ``{"flipped kernel"}``.
    examples, seed : int
        How many problems to try; the same seed tries the same.
    edges : int
        One problem in so many crosses an edge of a tile; 0 for none.
    arrays : str
        ``"numpy"``; or what the function takes: ``"torch"``,
        ``"torch-cuda"`` or ``"jax"``.
    isolate : bool, optional
        Whether to run a function in a process of its own.
    deadline : float
        Seconds that a call may take in a process of its own.
    known : iterable of Known
        Deviations that are no news; see `read_known`.
    progress : function, optional
        Is told how many problems were tried, and of how many.

    Raises
    ------
    ValueError
        If the operation, the dtype or an option of the check is unknown.

    """
    started = time.perf_counter()
    rules, notes = _rules(operation, dtype, declares or {}, accept)
    report = Report(
        operation, _name(implementation), dtype, "refuses", seed=seed,
        examples=examples, options=_given(declares, accept, dtype),
    )  # fmt: skip
    try:
        found = target(
            operation, implementation, supports=supports, declares=declares,
            arrays=arrays, isolate=isolate, deadline=deadline,
        )  # fmt: skip
    except Missing as missing:
        return replace(report, reason=str(missing))
    candidate = found.candidate
    rules, notes = _rules(operation, dtype, found.declares, accept)
    report = replace(
        report, implementation=candidate.name, isolation=candidate.isolation
    )  # fmt: skip
    try:
        narrowed, lacking = supported(operation, candidate, found.supports)
        notes += [f"not asked for: {', '.join(lacking)}"] if lacking else []
        run = _Run(
            rules, candidate, narrowed, edges, examples, seed, accept,
            about(known, candidate.name, operation, dtype), progress,
        )  # fmt: skip
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            report = run.report(replace(report, notes=tuple(notes)))
    except Missing as missing:
        report = replace(report, reason=str(missing))
    finally:
        candidate.close()
    return replace(report, seconds=time.perf_counter() - started)


def _name(implementation: Any) -> str:
    if isinstance(implementation, str):
        return implementation
    name = getattr(implementation, "name", None)
    return str(name or getattr(implementation, "__name__", "candidate"))


def _given(
    declares: Any, accept: Collection[str], dtype: str
) -> dict[str, Any]:
    """Keep what a counterexample must be tried again with."""
    given: dict[str, Any] = {"dtype": dtype}
    if declares:
        given["declares"] = dict(declares)
    if accept:
        given["accept"] = set(accept)
    return given


def _rules(
    operation: str,
    dtype: str,
    declares: Mapping[str, Any],
    accept: Collection[str],
) -> tuple[Rules, list[str]]:
    """Read what answers are held to.

    Raises
    ------
    ValueError
        If something is unknown.

    """
    if operation not in OPERATIONS:
        raise ValueError(
            f"operation: expected one of {', '.join(OPERATIONS)}, found "
            f"{operation!r}"
        )
    dtype_of(dtype)
    definition: Callable[..., Any] | None = None
    integer = dtype.startswith("int")
    arithmetic = ARITHMETICS["float64" if integer else dtype]
    rungs = {} if integer else {r.name: r for r in lower(dtype)}
    transform, notes = "", []
    for name, value in declares.items():
        notes.append(f"declared: {name} = {value!r}")
        if name == "transform" and value in TRANSFORMS:
            transform = value
        elif name == "precision" and value in rungs:
            arithmetic = rungs[value]
        else:
            definition = _declared(operation, name, value) or definition
    known = {*VARIANTS, *rungs, *TRANSFORMS, CANCELLING, CHANGES}
    unknown = sorted(set(accept) - known)
    if unknown:
        raise ValueError(
            f"accept: expected names of variants or precisions of "
            f"{operation} ({', '.join(v.name for v in variants_of(operation))}"
            f"), found {unknown[0]!r}"
        )
    return (
        Rules(operation, dtype, arithmetic, definition, transform), notes
    )  # fmt: skip


def _declared(
    operation: str, name: str, value: Any
) -> Callable[..., Any] | None:
    """Find the variant that a declaration asks for, None for the default.

    Raises
    ------
    ValueError
        If nothing has that name.

    """
    names = {v.declared[0] for v in VARIANTS.values() if v.declared}
    if name not in names:
        raise ValueError(
            f"declares: expected one of {', '.join(sorted(names))}, "
            f"transform, precision, found {name!r}"
        )
    for variant in variants_of(operation):
        if variant.declared == (name, value):
            return variant.of(operation)
    return None


@dataclass
class _Run:
    """One check: problems, answers, and what they come to."""

    rules: Rules
    candidate: Candidate
    supports: Mapping[str, frozenset[Any]]
    edges: int
    examples: int
    seed: int
    accept: Collection[str]
    known: Sequence[Known] = ()
    progress: Callable[[int, int], None] | None = None

    def report(self, report: Report) -> Report:
        """Try all problems, and find the verdict."""
        drawn, limit = self.draw()
        if not drawn:
            return replace(report, reason=f"nothing can be asked: {limit}")
        tried: list[Tried] = []
        dead = 0
        for trial in drawn:
            tried.append(self._try(trial))
            dead += tried[-1].answer.kind in {"crashed", "hung"}
            if dead == FEW and not self.known:
                break  # each costs a process, and the verdict stands
            if self.progress is not None:
                self.progress(len(tried), len(drawn))
        tried += self._once_more(tried)
        counts = Counter(t.trial.kind for t in tried)
        report = replace(report, counts=counts)
        news, deviations = self._told_apart(tried)
        judged = self._verdict(report, news)
        return replace(
            judged, explanations=(*judged.explanations, *deviations)
        )

    def _once_more(self, tried: Sequence[Tried]) -> list[Tried]:
        """Try more with even padding, where most else was refused."""
        refused = [t for t in tried if t.answer.kind == "raised"]
        if (
            2 * len(refused) < len(tried)
            or len(refused) == len(tried)
            or "even_padding" in self.supports
            or not all(_is_limit(t.answer) for t in refused if t.trial.valid)
        ):
            return []
        even = {**self.supports, "even_padding": frozenset({True})}
        drawn, _ = replace(self, supports=even).draw()
        return [self._try(trial) for trial in drawn]

    def _told_apart(
        self, tried: Sequence[Tried]
    ) -> tuple[list[Tried], list[Explanation]]:
        """Take known deviations out, and say which occurred."""
        deviations: list[Explanation] = []
        news = list(tried)
        for known in self.known:
            mine = [t for t in news if _deviates(t) and self._is(known, t)]
            news = [t for t in news if not any(t is one for one in mine)]
            how_many = f"in {len(mine)} problems" if mine else "not seen again"
            deviations.append(
                Explanation(
                    "known" if mine else "no longer",
                    known.reason, f"known, {how_many}: {known}",
                )
            )  # fmt: skip
        return news, deviations

    def _is(self, known: Known, one: Tried) -> bool:
        """Say whether what came of a trial is a known deviation."""
        return known.covers(one.trial) and (
            not known.precision
            or (one.answered and is_at(self.rules, one, known.precision))
        )

    def _is_old(self, trial: Trial) -> bool:
        """Say whether whatever fails on a trial is known."""
        return any(k.covers(trial) for k in self.known if not k.precision)

    def _is_known(self, one: Tried) -> bool:
        """Say whether a fault is no news."""
        return any(self._is(known, one) for known in self.known)

    def draw(self) -> tuple[list[Trial], str]:
        """Draw problems of each kind of numbers, by weight."""
        drawn: list[Trial] = []
        limit = ""
        weights = kinds(self.rules.operation, self.rules.dtype, self.supports)
        if self.candidate.isolation == "none":
            weights.pop("invalid", None)  # a crash would be ours
        for kind, weight in weights.items():
            share = self.examples * weight // sum(weights.values())
            more, why = self._drawn(kind, max(1, share), self.seed)
            drawn += more
            limit = limit or why
        return drawn + self._telling(drawn), limit

    def _drawn(
        self, kind: str, examples: int, seed: int
    ) -> tuple[tuple[Trial, ...], str]:
        return draw_trials(
            self.rules.operation, kind, self.rules.dtype,
            tuple(sorted(self.supports.items())), self.edges,
            examples=examples, seed=seed,
        )  # fmt: skip

    def _telling(self, drawn: Sequence[Trial]) -> list[Trial]:
        """Draw more, to tell the variants that no problem told so far."""
        operation = self.rules.operation
        missing = [
            variant
            for variant in variants_of(operation)
            if not any(tells(variant, operation, t) for t in drawn if t.valid)
        ]
        weights = kinds(operation, self.rules.dtype, self.supports)
        if not missing or self.examples < MANY or "narrow" not in weights:
            return []
        many = max(EXAMPLES, self.examples)
        more, _ = self._drawn("narrow", many, self.seed + 1)
        found: list[Trial] = []
        for trial in more:
            told = [v for v in missing if tells(v, operation, trial)]
            if told:
                found.append(trial)
                missing = [v for v in missing if v not in told]
        return found

    def _strategy(self, like: Trial) -> st.SearchStrategy[Trial]:
        r = self.rules
        return trials(
            r.operation, like.kind, r.dtype, self.supports, self.edges,
            like.turn,
        )  # fmt: skip

    def _try(self, trial: Trial) -> Tried:
        """Call the candidate; the definition is asked later."""
        out = None
        if self.candidate.parameters()["out"] and trial.valid:
            out = _shape(self.rules, trial)
        answer = self.candidate.call(trial.problem, trial.layout, out)
        changes = CHANGES in self.accept
        return Tried(self.rules, trial, answer, changes)

    def _verdict(self, report: Report, tried: list[Tried]) -> Report:
        """Find the outcome: the worst of what happened."""
        for kind, outcome in (("crashed", "crashes"), ("hung", "hangs")):
            dead = [t for t in tried if t.answer.kind == kind]
            if dead:
                return self._died(report, outcome, dead)
        wrong = [t for t in tried if t.fault is not None]
        moody = self._moody(tried, wrong)
        if moody is not None:
            fault = Fault(moody[1])
            return replace(
                report, verdict="inconsistent", reason=moody[1],
                counterexample=Counterexample(moody[0].trial, fault),
            )  # fmt: skip
        if wrong:
            return self._disagrees(report, tried, wrong)
        return self._answers(report, tried)

    def _died(
        self, report: Report, outcome: str, dead: Sequence[Tried]
    ) -> Report:
        """Give the smallest of the problems that took the process down."""
        smallest = min(dead, key=_of_size)
        tries = 0

        def dies(trial: Trial) -> Tried | None:
            nonlocal tries
            if tries >= CRASHES or self._is_old(trial):
                return None
            one = self._try(trial)
            tries += one.answer.kind in {"crashed", "hung"}
            return one if one.answer.kind == smallest.answer.kind else None

        if outcome == "crashes":
            shrunk = self._shrink(smallest.trial, dies)
            smallest = shrunk or smallest
        text = smallest.answer.text
        return replace(
            report, verdict=outcome, reason=text,
            counterexample=Counterexample(smallest.trial, Fault(text)),
        )  # fmt: skip

    def _moody(
        self, tried: Sequence[Tried], wrong: Sequence[Tried]
    ) -> tuple[Tried, str] | None:
        """Find a problem that is answered in two ways.

        Where sums are not exact an answer may differ in its last digits, as
        long as it is right.
        """
        again = [*wrong[:FEW], *tried[:: max(1, len(tried) // 40)]]
        again += [t for t in tried if not t.trial.valid][:40]
        for one in again:
            if self._is_old(one.trial):
                continue  # and may be right by chance
            other = self._try(one.trial)
            if one.answer.kind == other.answer.kind != "answer":
                continue
            same = one.answer.kind == other.answer.kind and _same(
                one.answer, other.answer
            )
            if same:
                continue
            if not one.trial.valid:
                return one, "an invalid problem gives two answers"
            if one.fault is None and other.fault is None and other.answered:
                continue
            what = other.fault or one.fault or other.answer.text
            return one, f"the same problem gives two answers: {what}"
        return None

    def _disagrees(
        self, report: Report, tried: Sequence[Tried], wrong: Sequence[Tried]
    ) -> Report:
        found = explanations(self.rules, tried, self.candidate)
        accepted = [e for e in found if e.name in self.accept]
        if accepted:
            judged = self._answers(report, tried)
            return replace(
                judged, explanations=(*accepted, *judged.explanations),
                reason=f"{judged.reason}, as accepted: {accepted[0].name}",
            )  # fmt: skip
        smallest = min(
            wrong, key=lambda t: (t.trial.kind != "narrow", t.trial.size)
        )
        worst = max(wrong, key=lambda t: (t.share, -t.trial.size))

        def fails(trial: Trial) -> Tried | None:
            if self._is_old(trial):
                return None
            one = self._try(trial)
            old = one.fault is None or self._is_known(one)
            return None if old else one

        shrunk = self._shrink(smallest.trial, fails) or smallest
        smallest = min(shrunk, smallest, key=_of_size)
        assert smallest.fault is not None  # noqa: S101 -- it is wrong
        assert worst.fault is not None  # noqa: S101 -- likewise
        if any(refutes(self.rules, smallest, e) for e in found):
            found = explanations(
                self.rules, [*tried, smallest], self.candidate
            )
        found = [  # what was seen in the trials the smallest may refute
            e
            for e in found
            if e.kind != "condition" or not holds(e.name, smallest.trial)
        ]
        valid = sum(t.trial.valid for t in tried)
        return replace(
            report,
            verdict="disagrees",
            reason=f"{len(wrong)} of {valid} answers are wrong: "
            f"{smallest.fault.what}",
            explanations=tuple(found),
            counterexample=Counterexample(smallest.trial, smallest.fault),
            worst=Counterexample(worst.trial, worst.fault),
        )

    def _answers(self, report: Report, tried: Sequence[Tried]) -> Report:
        """Judge what was refused, and whether the rest proves anything."""
        valid = [t for t in tried if t.trial.valid]
        refused = [t for t in valid if t.answer.kind == "raised"]
        answered = [t for t in valid if t.answered]
        counts = Counter(report.counts)
        limits: tuple[Explanation, ...] = ()
        if refused:
            counts["refused"] = len(refused)
            counts.subtract(t.trial.kind for t in refused)
            report = replace(report, counts=counts)
            soft = [t for t in refused if _is_limit(t.answer)]
            named, unexplained = limits_of(
                [t.trial for t in answered],
                [t.trial for t in soft if not _says_so(t.answer)],
            )
            left = {id(trial) for trial in unexplained}
            blamed = [
                t
                for t in refused
                if id(t.trial) in left or not _is_limit(t.answer)
            ]
            if blamed or not answered:
                return self._refuses(report, blamed or refused, answered)
            limits = tuple(
                Explanation("limit", name, f"it refuses {name}")
                for name in named
            )
            said = {t.answer.text for t in soft if _says_so(t.answer)}
            limits += tuple(
                Explanation("limit", text, f"it {text}")
                for text in sorted(said)
            )
        if not answered:
            only = "every answer is a known deviation"
            return replace(report, verdict="agrees", reason=only)
        told = rivals(self.rules, tried)
        if told:
            return replace(
                report, verdict="mistrusted",
                reason=f"{', '.join(told)} would have passed as well",
                explanations=tuple(
                    Explanation("rival", name, f"{name} passes every problem")
                    for name in told
                ) + limits,
            )  # fmt: skip
        best = max(answered, key=lambda t: t.share)
        reason = f"{len(answered)} answers are the definition's"
        if best.share:
            reason += f", at most {best.share:.2f} of a bound off"
        wider = {
            a.dtype.name
            for t in answered
            for a in t.answer.arrays
            if a.dtype != self.rules.number_type and a.dtype.kind == "f"
            and not self.rules.dtype.startswith("int")
        }  # fmt: skip
        notes = report.notes + tuple(f"it answers in {w}" for w in wider)
        return replace(
            report, verdict="agrees", reason=reason, explanations=limits,
            share=best.share, share_at=best.trial if best.share else None,
            notes=notes,
        )  # fmt: skip

    def _refuses(
        self,
        report: Report,
        blamed: Sequence[Tried],
        answered: Sequence[Tried],
    ) -> Report:
        smallest = min(blamed, key=_of_size)
        what = smallest.answer.error.get("error")

        def refuses(trial: Trial) -> Tried | None:
            if self._is_old(trial):
                return None
            one = self._try(trial)
            same = one.answer.error.get("error") == what
            return one if same and trial.valid else None

        if answered:
            shrunk = self._shrink(smallest.trial, refuses) or smallest
            smallest = min(shrunk, smallest, key=_of_size)
        fault = Fault(smallest.answer.text)
        total = len(blamed) + len(answered)
        count = f"{len(blamed)} of {total} valid problems"
        if not answered:
            count = "every valid problem"
        return replace(
            report, verdict="refuses",
            reason=f"{count}: {smallest.answer.text}",
            counterexample=Counterexample(smallest.trial, fault),
            explanations=tuple(named_refusals(self.rules, blamed, answered)),
        )  # fmt: skip

    def _shrink(
        self, like: Trial, fails: Callable[[Trial], Tried | None]
    ) -> Tried | None:
        """Search for the smallest problem that fails: `like` one that does."""
        until = time.monotonic() + SHRINKING
        failing: dict[str, Tried] = {}
        last: Tried | None = None

        @searching(
            self.seed, max(1, self.examples), Phase.generate, Phase.shrink
        )
        @given(st.data())
        def search(data: st.DataObject) -> None:
            nonlocal last
            try:
                trial = data.draw(self._strategy(like))
            except Unsupported:
                return
            text = trial.python
            late = time.monotonic() > until and failing
            one = failing.get(text) if late else fails(trial)
            if one is not None:
                failing[text] = last = one
                raise _Found

        with suppress(_Found, Flaky):
            search()
        return last


def _deviates(one: Tried) -> bool:
    """Say whether a trial came out otherwise than it should.

    To refuse what is invalid, or what is said not to be supported, is right.
    """
    if one.answer.kind == "raised":
        return one.trial.valid and not _says_so(one.answer)
    return one.answer.kind in {"crashed", "hung"} or one.fault is not None


class _Found(Exception):  # noqa: N818 -- no error: what was looked for
    """A problem fails."""


def _of_size(one: Tried) -> int:
    return one.trial.size


def _same(one: Answer, other: Answer) -> bool:
    return len(one.arrays) == len(other.arrays) and all(
        a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip(one.arrays, other.arrays, strict=True)
    )


def _shape(rules: Rules, trial: Trial) -> tuple[int, ...]:
    """Give the shape of an answer, from a problem of zeros."""
    problem = trial.problem
    definition = rules.definition or getattr(refspec, rules.operation)
    zeros = {
        name: np.zeros(value.shape)
        for name, value in vars(problem).items()
        if isinstance(value, np.ndarray) and name != "labels"
    }
    return tuple(np.shape(problem.but(**zeros).on(definition)))


OURS = frozenset({
    "IndexError", "KeyError", "ZeroDivisionError", "NameError",
    "AttributeError", "RecursionError", "MemoryError", "SyntaxError",
    "OverflowError", "FloatingPointError", "SystemExit",
})  # fmt: skip
"""Errors that nobody raises to refuse something."""


def _is_limit(answer: Answer) -> bool:
    """Say whether an error may be a refusal, and not an accident."""
    return _says_so(answer) or not OURS & set(answer.error["kinds"])


def _says_so(answer: Answer) -> bool:
    """Say whether an error says that something is not supported."""
    return "NotImplementedError" in answer.error["kinds"]


def retry(
    operation: str, implementation: Any, trial: Trial, **options: Any
) -> Report:
    """Put an implementation to one trial, as in ``report.python``.

    `options` are those of `check`.

    Raises
    ------
    ValueError
        As `check`.

    """
    dtype = options.pop("dtype", "float32")
    declares = options.pop("declares", None)
    accept = options.pop("accept", ())
    rules, _ = _rules(operation, dtype, declares or {}, accept)
    found = target(
        operation, implementation, supports=None, declares=declares,
        arrays=options.pop("arrays", "numpy"),
        isolate=options.pop("isolate", None),
        deadline=options.pop("deadline", DEADLINE),
    )  # fmt: skip
    run = _Run(rules, found.candidate, {}, 0, 1, 0, accept)
    report = Report(
        operation, found.candidate.name, dtype, "agrees", examples=1,
        isolation=found.candidate.isolation, counts={trial.kind: 1},
    )  # fmt: skip
    try:
        one = run._try(trial)  # noqa: SLF001 -- our own
    finally:
        found.candidate.close()
    if one.answer.kind in {"raised", "crashed", "hung"}:
        outcome = {"raised": "refuses", "crashed": "crashes", "hung": "hangs"}
        fault = Fault(one.answer.text)
        return replace(
            report, verdict=outcome[one.answer.kind], reason=str(fault),
            counterexample=Counterexample(trial, fault),
        )  # fmt: skip
    if one.fault is None:
        return replace(report, reason="the answer is the definition's")
    return replace(
        report, verdict="disagrees", reason=one.fault.what,
        counterexample=Counterexample(trial, one.fault),
    )  # fmt: skip
