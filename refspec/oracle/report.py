"""What a run found, as data: for a file, a table, the documentation."""

from __future__ import annotations

import datetime as dt
import json
import platform
from collections import Counter
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import refspec
from refspec.laws import LAWS
from refspec.oracle.implementations import Implementation
from refspec.oracle.run import Finding

__all__ = ["VERDICTS", "read", "record", "summary", "unsupported", "write"]

VERDICTS = ("holds", "broken", "exact only", "unsupported")


def record(findings: Iterable[Finding], **settings: Any) -> dict[str, Any]:
    """Put findings, versions and the date into plain data."""
    findings = list(findings)
    implementations = {
        f.implementation.name: f.implementation for f in findings
    }
    return {
        "refspec": refspec.__version__,
        "date": dt.datetime.now(dt.UTC).isoformat("T", "seconds"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "numpy": version("numpy"),
        "hypothesis": version("hypothesis"),
        **settings,
        "implementations": {
            name: implementation.version
            for name, implementation in implementations.items()
        },
        "findings": [_plain(finding) for finding in findings],
    }


def _plain(finding: Finding) -> dict[str, Any]:
    return {
        "law": finding.law.name,
        "claims": list(finding.law.claims),
        "implementation": finding.implementation.name,
        "verdict": finding.verdict,
        "reason": finding.reason,
        "examples": finding.examples,
        "skipped": finding.skipped,
        "seconds": round(finding.seconds, 3),
        "share": round(finding.share, 4),
        "python": finding.python if finding.verdict == "broken" else "",
    }


def write(path: Path, report: dict[str, Any]) -> None:
    """Write a report as JSON."""
    text = json.dumps(report, indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    """Read a report."""
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def summary(findings: Iterable[Finding]) -> dict[str, Counter[str]]:
    """Count the verdicts of each implementation."""
    counts: dict[str, Counter[str]] = {}
    for finding in findings:
        counts.setdefault(finding.implementation.name, Counter())[
            finding.verdict
        ] += 1
    return counts


def unsupported(implementation: Implementation) -> list[str]:
    """Say what an implementation does not support, a line for each reason."""
    asked = {name for law in LAWS.values() for name in law.operations}
    missing = [
        name
        for name in refspec.__all__
        if name in asked - set(implementation.operations)
    ]
    reasons: dict[str, list[str]] = {"not offered": missing}
    for operation, options in implementation.supports.items():
        for option, values in options.items():
            reason = f"{option} only {_some(values)}"
            reasons.setdefault(reason, []).append(operation)
    for operation, numbers in implementation.number_limits.items():
        reason = f"only on {', '.join(n.name for n in numbers)}"
        reasons.setdefault(reason, []).append(operation)
    return [
        f"{reason}: {', '.join(operations)}"
        for reason, operations in reasons.items()
        if operations
    ]


def _some(values: Iterable[Any]) -> str:
    """Name a few values, or the ends of many."""
    named = sorted(values)
    if len(named) > FEW:
        return f"{named[0]} to {named[-1]}"
    return ", ".join(map(str, named))


FEW = 6
"""How many values are named one by one."""
