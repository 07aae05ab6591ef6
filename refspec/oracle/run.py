"""Put implementations to laws.

A law keeps its strategies as data; here they become a Hypothesis test for one
implementation: narrowed to its number types and to what it supports, with a
seed, and with no database and no deadline, so that the same seed finds the
same again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from refspec.laws import Law
from refspec.laws.domain import Domain, Numbers
from refspec.laws.relations import Difference
from refspec.oracle import bounds
from refspec.oracle.implementations import Implementation

__all__ = ["Finding", "check", "check_all", "replay"]


@dataclass(frozen=True)
class Finding:
    """What one law found of one implementation.

    `verdict` is "holds", "broken", "unsupported" or "exact only".
    """

    law: Law
    implementation: Implementation
    verdict: str
    reason: str = ""
    examples: int = 0
    seconds: float = 0.0
    case: Mapping[str, Any] = field(default_factory=dict)
    numbers: str = ""


class _Broken(AssertionError):
    """A law does not hold on one case."""


def check(
    law: Law, implementation: Implementation, *, examples: int = 50,
    seed_: int = 0,
) -> Finding:  # fmt: skip
    """Put one implementation to one law."""
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
    return _search(finding, domains, examples, seed_)


def _domains(law: Law, implementation: Implementation) -> list[Domain]:
    """List what the implementation is asked: simplest number type first."""
    supports = implementation.restricted(law.operations)
    numbers = [n for n in implementation.numbers if not law.exact or n.divides]
    if law.decides:
        reals = [
            Numbers(f"{n.name}, real", n.dtype, real=True)
            for n in numbers
            if n.is_float
        ]
        numbers = [n for n in numbers if not n.divides] + reals
    return [Domain(n, supports) for n in numbers]


def _search(
    finding: Finding, domains: list[Domain], examples: int, seed_: int
) -> Finding:
    law, operations = finding.law, finding.implementation.operations
    offered = {name: operations[name] for name in law.operations}
    last: dict[str, Any] = {"examples": 0}

    @seed(seed_)
    @settings(
        max_examples=examples if law.draws else 1,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def test(data: st.DataObject) -> None:
        last["examples"] += 1
        domain = data.draw(st.sampled_from(domains))
        case = {name: data.draw(d(domain)) for name, d in law.draws.items()}
        last.update(case=case, numbers=domain.numbers)
        difference = judge(law, offered, case, domain.numbers)
        if difference is not None:
            raise _Broken(str(difference))

    start = time.perf_counter()
    try:
        test()
    except _Broken as broken:
        finding = replace(
            finding, verdict="broken", reason=str(broken), case=last["case"],
            numbers=last["numbers"].name,
        )  # fmt: skip
    return replace(
        finding,
        examples=last["examples"],
        seconds=time.perf_counter() - start,
    )


def judge(
    law: Law,
    operations: Mapping[str, Any],
    case: Mapping[str, Any],
    numbers: Numbers,
) -> Difference | None:
    """Hold one case to a law; give the first difference, or None.

    An answer that is not equal to the definition's is held to its bound.
    """
    try:
        relation = law.property(**operations, **case)
    except Exception as error:  # noqa: BLE001 -- an implementation may raise anything
        return Difference(f"raised {type(error).__name__}: {error}")
    difference = relation.difference()
    if difference is None or not law.decides:
        return difference
    (operation,) = law.operations
    allowed = bounds.allowed(operation, case["p"], numbers.dtype)
    return difference if allowed is None else relation.difference(allowed)


def check_all(
    implementations: list[Implementation], laws: list[Law], **options: Any
) -> Iterator[Finding]:
    """Put every implementation to every law."""
    for law in laws:
        for implementation in implementations:
            yield check(law, implementation, **options)
