"""What the oracle says of a candidate, and with which evidence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from refspec.oracle.judging import Fault
from refspec.oracle.trials import Trial

__all__ = ["OUTCOMES", "Counterexample", "Explanation", "Report"]

OUTCOMES = {
    "agrees": "every answer is the definition's, within its bound",
    "disagrees": "an answer is not the definition's",
    "refuses": "it raises where there is an answer, or cannot be called",
    "crashes": "it takes its process down",
    "hangs": "it does not answer within the deadline",
    "inconsistent": "the same input has two answers",
    "mistrusted": "the problems cannot tell a wrong answer from a right one",
}
"""The verdicts, and what each says."""


@dataclass(frozen=True)
class Explanation:
    """Why a verdict is what it is, as far as that could be found.

    Attributes
    ----------
    kind : str
        ``"convention"`` or ``"mistake"``: equal to a named variant on every
        problem; ``"precision"``: agrees at a lower one; ``"transform"``:
        within the norm-wise bound only; ``"condition"``: right wherever
        something holds; ``"law"``: breaks a law; ``"limit"``: what it
        refuses; ``"rival"``: a wrong answer that would have passed.
    name : str
        Of the variant, the precision or the condition.
    sentence : str

    """

    kind: str
    name: str
    sentence: str

    def __str__(self) -> str:
        """Say it in one line."""
        return self.sentence


@dataclass(frozen=True)
class Counterexample:
    """A problem on which a candidate is wrong, and how."""

    trial: Trial
    fault: Fault

    @property
    def problem(self) -> Any:
        """The problem's arrays and options."""
        return self.trial.problem

    def __str__(self) -> str:
        """Show the problem and the first fault."""
        lines = [f"  {name} = {value}" for name, value in self._shown()]
        return "\n".join([*lines, f"  {self.fault}"])

    def _shown(self) -> list[tuple[str, str]]:
        shown = []
        for name, value in vars(self.trial.problem).items():
            text = str(getattr(value, "tolist", lambda v=value: v)())
            if hasattr(value, "shape"):
                text = f"{value.dtype}{list(value.shape)} {text}"
            shown.append(
                (name, text if len(text) < 300 else text[:297] + "...")
            )
        if self.trial.layout != "contiguous":
            shown.append(("layout", self.trial.layout))
        return shown


@dataclass(frozen=True)
class Report:
    """A verdict on one operation of one implementation.

    Attributes
    ----------
    operation, implementation, dtype : str
    verdict : str
        One of the seven: ``"agrees"``, ``"disagrees"``, ``"refuses"``,
        ``"crashes"``, ``"hangs"``, ``"inconsistent"``, ``"mistrusted"``.
    ok : bool
        True for ``"agrees"`` only.
    reason : str
        One sentence.
    explanations : tuple of Explanation
    counterexample : Counterexample or None
        The smallest problem that shows the fault.
    worst : Counterexample or None
        The one with the largest share of its bound, before shrinking.
    share : float
        Of its bound, the most that a right answer used.
    share_at : Trial or None
        Where it did.
    counts : mapping of str to int
        Problems by kind of numbers, and ``"refused"``.
    isolation : str
        ``"process"``, or ``"none"`` where it ran beside the oracle.
    seed, examples : int
    seconds : float
    notes : tuple of str

    """

    operation: str
    implementation: str
    dtype: str
    verdict: str
    reason: str = ""
    explanations: tuple[Explanation, ...] = ()
    counterexample: Counterexample | None = None
    worst: Counterexample | None = None
    share: float = 0.0
    share_at: Trial | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    isolation: str = "none"
    seed: int = 0
    examples: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Say whether it agrees."""
        return self.verdict == "agrees"

    def __bool__(self) -> bool:
        """Be true where it agrees: ``assert check(...)``."""
        return self.ok

    @property
    def python(self) -> str:
        """Python that puts the candidate to the counterexample again."""
        if self.counterexample is None:
            return ""
        accepted = "".join(f", {n}={v!r}" for n, v in self.options.items())
        return (
            "from fractions import Fraction\n"
            "import numpy as np\n"
            "from numpy import inf, nan\n"
            "from refspec.laws.problems import Problem\n"
            "from refspec.oracle import Trial, retry\n"
            f"print(retry({self.operation!r}, candidate, "
            f"{self.counterexample.trial.python}{accepted}))"
        )

    def __str__(self) -> str:
        """Say what was found, in a few lines."""
        what = f"{self.implementation}: {self.operation} in {self.dtype}"
        lines = [f"{what}: {self.verdict}: {self.reason}"]
        lines += [f"- {e.sentence}" for e in self.explanations]
        if self.counterexample is not None:
            lines += ["smallest problem found:", str(self.counterexample)]
        if self.worst is not None:
            lines += [f"worst: {self.worst.fault}"]
        lines += [f"note: {note}" for note in self.notes]
        total = sum(self.counts.values())
        kinds = ", ".join(f"{n} {k}" for k, n in self.counts.items() if n)
        lines.append(
            f"{total} problems ({kinds}), seed {self.seed}, isolation: "
            f"{self.isolation}, {self.seconds:.1f} s"
        )
        return "\n".join(lines)

    def plain(self) -> dict[str, Any]:
        """Give the report as plain data."""
        return {
            "operation": self.operation,
            "implementation": self.implementation,
            "dtype": self.dtype,
            "verdict": self.verdict,
            "ok": self.ok,
            "reason": self.reason,
            "explanations": [vars(e) for e in self.explanations],
            "counterexample": _plain(self.counterexample),
            "worst": _plain(self.worst),
            "share": round(self.share, 4),
            "share_at": "" if self.share_at is None else self.share_at.python,
            "counts": dict(self.counts),
            "isolation": self.isolation,
            "seed": self.seed,
            "examples": self.examples,
            "seconds": round(self.seconds, 3),
            "notes": list(self.notes),
            "python": self.python,
        }

    def to_json(self) -> str:
        """Give the report as JSON."""
        return json.dumps(self.plain(), indent=1, ensure_ascii=False)


def _plain(counterexample: Counterexample | None) -> dict[str, Any] | None:
    if counterexample is None:
        return None
    fault = counterexample.fault
    return {
        "problem": repr(counterexample.trial.problem),
        "kind": counterexample.trial.kind,
        "layout": counterexample.trial.layout,
        "what": fault.what,
        "index": list(fault.index),
        "got": None if fault.got is None else str(fault.got),
        "expected": None if fault.expected is None else str(fault.expected),
        "allowed": fault.allowed,
        "share": None if fault.share == float("inf") else fault.share,
    }
