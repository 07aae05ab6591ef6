"""Deviations that are known: what a check finds of them is no news.

A file of them is TOML, an entry each::

    [[known]]
    implementation = "scipy"
    operation = "max_pool2d"
    condition = "all numbers are finite"
    reason = "a NaN wins only where it comes first"
    link = "https://..."

The deviation is where the condition does not hold: everywhere, without one.
With ``precision = "bfloat16 sums"`` it is only what is right at that lower
precision; an answer that is further off is news. A check reports it as known,
anything else as new, and says so where a known deviation did not occur.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from refspec.oracle.conditions import CONDITIONS
from refspec.oracle.formats import ARITHMETICS, lower
from refspec.oracle.trials import OPERATIONS, Trial

__all__ = ["Known", "about", "read_known"]


@dataclass(frozen=True)
class Known:
    """One deviation of one operation of an implementation."""

    implementation: str
    operation: str
    reason: str
    condition: str = ""
    link: str = ""
    dtype: str = ""
    precision: str = ""

    def covers(self, trial: Trial) -> bool:
        """Say whether a fault on this trial is the deviation."""
        return not self.condition or not _NAMED[self.condition](trial)

    def __str__(self) -> str:
        """Say it in one line."""
        where = f" unless {self.condition}" if self.condition else ""
        where += f", at {self.precision}" if self.precision else ""
        link = f" ({self.link})" if self.link else ""
        return f"{self.reason}{where}{link}"


PRECISIONS = tuple(
    dict.fromkeys(rung.name for d in ARITHMETICS for rung in lower(d))
)
_NAMED = {condition.sentence: condition for condition in CONDITIONS}


def read_known(path: Path) -> list[Known]:
    """Read a file of known deviations.

    Raises
    ------
    ValueError
        With one sentence, if it is not such a file.

    """
    try:
        text = path.read_text(encoding="utf-8")
        entries = tomllib.loads(text).get("known", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path}: {error}") from None
    return [_entry(path, i, entry) for i, entry in enumerate(entries, 1)]


def _entry(path: Path, number: int, entry: dict[str, str]) -> Known:
    where = f"{path}: entry {number}"
    names = {field.name for field in fields(Known)}
    unknown = sorted(set(entry) - names)
    if unknown:
        raise ValueError(
            f"{where}: expected {', '.join(sorted(names))}, found "
            f"{unknown[0]!r}"
        )
    missing = {"implementation", "operation", "reason"} - set(entry)
    if missing:
        raise ValueError(f"{where}: {', '.join(sorted(missing))} is missing")
    known = Known(**entry)
    if known.operation not in OPERATIONS:
        raise ValueError(f"{where}: there is no operation {known.operation!r}")
    if known.precision and known.precision not in PRECISIONS:
        raise ValueError(
            f"{where}: expected as a precision one of "
            f"{', '.join(PRECISIONS)}, found {known.precision!r}"
        )
    if known.condition and known.condition not in _NAMED:
        raise ValueError(
            f"{where}: expected as a condition one of "
            f"{'; '.join(_NAMED)}, found {known.condition!r}"
        )
    return known


def about(
    known: Iterable[Known], implementation: str, operation: str, dtype: str
) -> list[Known]:
    """Choose the deviations of one operation of one implementation."""
    return [
        k
        for k in known
        if (k.implementation, k.operation) == (implementation, operation)
        and k.dtype in {"", dtype}
    ]
