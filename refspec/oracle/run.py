"""Put implementations to laws.

A law keeps its strategies as data; here they become a Hypothesis test for one
implementation: narrowed to its number types and to what it supports, with a
seed, and with no database and no deadline, so that the same seed finds the
same again.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from refspec.laws import LAWS, Law
from refspec.laws.domain import Domain, Numbers, Unsupported
from refspec.laws.problems import Problem, python_of
from refspec.laws.relations import Difference
from refspec.oracle import bounds
from refspec.oracle.implementations import Implementation, load

__all__ = ["EXAMPLES", "Finding", "check_law", "check_laws", "judge", "replay"]

EXAMPLES = 40
"""How many cases a law is tried on, unless told otherwise."""


@dataclass(frozen=True)
class Finding:
    """What one law found of one implementation.

    Attributes
    ----------
    law, implementation
        Who was put to what.
    verdict : str
        ``"holds"``; ``"broken"``; ``"unsupported"``: an operation is missing,
        or no case was within what the implementation supports; or
        ``"exact only"``: no float data makes every side representable, so
        the law is proven on the reference and says nothing here.
    reason : str
        The first difference, or what is not supported.
    examples, skipped : int
        The cases that were compared, and those that were not supported.
    seconds : float
    share : float
        Of an operation's bound, the most that an answer used of it; 0 where
        all are equal to the definition's.
    case : mapping
        The shrunk case, by the names of the law's parameters.

    """

    law: Law
    implementation: Implementation
    verdict: str
    reason: str = ""
    examples: int = 0
    skipped: int = 0
    seconds: float = 0.0
    share: float = 0.0
    case: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say it in one line."""
        line = f"{self.implementation.name}: {self.law.name}: {self.verdict}"
        return f"{line}: {self.reason}" if self.reason else line

    @property
    def python(self) -> str:
        """The case as Python, which shows the same again when pasted."""
        arguments = "".join(
            f",\n    {name}={python_of(value)}"
            for name, value in self.case.items()
        )
        who = (
            repr(self.implementation.name)
            if self.implementation.comes_with_refspec
            else "implementation"
        )
        return (
            "from fractions import Fraction\n"
            "import numpy as np\n"
            "from numpy import inf, nan\n"
            "from refspec import *\n"
            "from refspec.laws.problems import *\n"
            "from refspec.oracle import replay\n"
            f"print(replay({self.law.name!r}, {who}{arguments}))"
        )


class _Broken(AssertionError):  # noqa: N818 -- not an error: a finding
    """A law does not hold on one case."""


def check_law(
    law: Law | str, implementation: Implementation, *,
    examples: int = EXAMPLES, seed: int = 0,
) -> Finding:  # fmt: skip
    """Put one implementation to one law.

    Parameters
    ----------
    law : Law or str
        One of `LAWS`, or its name.
    implementation : Implementation
    examples : int
        How many cases to try; a law that draws nothing has one.
    seed : int
        The same seed tries the same cases.

    """
    law = LAWS[law] if isinstance(law, str) else law
    finding = Finding(law, implementation, "holds")
    missing = [
        name
        for name in law.operations
        if name not in implementation.operations
    ]
    if missing:
        return replace(
            finding, verdict="unsupported", reason=f"no {', '.join(missing)}"
        )
    domains = _domains(law, implementation)
    if not domains:
        return replace(finding, verdict="exact only")
    return _search(finding, domains, examples, seed)


def _domains(law: Law, implementation: Implementation) -> list[Domain]:
    """List what the implementation is asked: simplest number type first."""
    supports = implementation.restricted(law.operations)
    numbers = [
        n
        for n in implementation.numbers_of(law.operations)
        if not law.exact or n.divides
    ]
    if law.decides:
        reals = [
            Numbers(f"{n.name}, real", n.dtype, real=True)
            for n in numbers
            if n.is_float
        ]
        numbers = [n for n in numbers if not n.divides] + reals
    return [Domain(n, supports) for n in numbers]


def searching(seed: int, examples: int, *phases: Phase) -> Callable[..., Any]:
    """Set a Hypothesis test up: the same seed finds the same again."""

    def decorate(test: Callable[..., Any]) -> Callable[..., Any]:
        set_up = settings(
            max_examples=examples, database=None, deadline=None,
            print_blob=False, report_multiple_bugs=False, phases=phases,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        return seeded(seed)(set_up(test))

    return decorate


def _search(
    finding: Finding, domains: list[Domain], examples: int, seed: int
) -> Finding:
    law, operations = finding.law, finding.implementation.operations
    offered = {name: operations[name] for name in law.operations}
    compared, skipped, share = 0, 0, 0.0
    case: dict[str, Any] = {}
    reason = ""

    @searching(
        seed, examples if law.draws else 1, Phase.generate, Phase.shrink
    )
    @given(st.data())
    def test(data: st.DataObject) -> None:
        nonlocal compared, skipped, share, case, reason
        try:
            domain = data.draw(st.sampled_from(domains))
            case = {
                n: data.draw(draw(domain)) for n, draw in law.draws.items()
            }
            difference, used = measure(law, offered, case)
        except Unsupported as limit:
            skipped, reason = skipped + 1, str(limit)
            return
        compared, share = compared + 1, max(share, used)
        if difference is not None:
            raise _Broken(str(difference))

    start, verdict = time.perf_counter(), "holds"
    try:
        test()
    except _Broken as broken:
        verdict, reason = "broken", str(broken)
    except Flaky:
        verdict, reason = "broken", "the same case gave two answers"
    else:
        verdict, case = ("holds" if compared else "unsupported"), {}
    return replace(
        finding, verdict=verdict, reason=reason, examples=compared,
        skipped=skipped, seconds=time.perf_counter() - start, share=share,
        case=case,
    )  # fmt: skip


def judge(
    law: Law, operations: Mapping[str, Any], case: Mapping[str, Any]
) -> Difference | None:
    """Hold one case to a law; give the first difference, or None.

    An answer that is not equal to the definition's is held to its bound. A
    warning is no difference: BLAS gives some by chance.

    Raises
    ------
    Unsupported
        If an operation says that the case is not within what it supports.

    """
    return measure(law, operations, case)[0]


def measure(
    law: Law, operations: Mapping[str, Any], case: Mapping[str, Any]
) -> tuple[Difference | None, float]:
    """Do as `judge`, and give the largest share of the bound that was used."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            relation = law.relation(**operations, **case)
    except Unsupported:
        raise
    except Exception as error:  # noqa: BLE001 -- anything may be raised
        return Difference(f"raised {type(error).__name__}: {error}"), 0.0
    difference = relation.difference()
    if difference is None or not law.decides:
        return difference, 0.0
    (operation,) = law.operations
    arithmetic = bounds.arithmetic_of(_dtype(case["p"]))
    allowed = bounds.allowed(operation, case["p"], arithmetic)
    return (difference, 0.0) if allowed is None else relation.held(allowed)


def _dtype(problem: Problem) -> str:
    """Give the number type of a problem's arrays."""
    arrays = (v for v in vars(problem).values() if hasattr(v, "dtype"))
    return str(next(arrays).dtype)


def check_laws(
    implementations: Iterable[Implementation],
    laws: Iterable[Law] | None = None,
    *,
    examples: int = EXAMPLES,
    seed: int = 0,
) -> Iterator[Finding]:
    """Put every implementation to every law, finding by finding."""
    implementations = list(implementations)
    for law in LAWS.values() if laws is None else laws:
        for implementation in implementations:
            yield check_law(law, implementation, examples=examples, seed=seed)


def replay(
    law: str, implementation: Implementation | str, **case: Any
) -> Finding:
    """Put one implementation to one law on one case.

    Parameters
    ----------
    law : str
        A name in `LAWS`.
    implementation : Implementation or str
        Its name, if it comes with refspec.
    **case
        What the law draws, by name.

    """
    if isinstance(implementation, str):
        implementation = load(implementation)
    it = LAWS[law]
    offered = {n: implementation.operations[n] for n in it.operations}
    difference = judge(it, offered, case)
    if difference is None:
        return Finding(it, implementation, "holds", examples=1)
    return Finding(
        it, implementation, "broken", str(difference), examples=1, case=case
    )
