"""Which definition and which law carries each claim of the lecture.

Nothing is listed twice: a definition names its claims in its docstring
(``Claims: 5.1, 5.2.``), a law in its decorator.
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

import refspec
from refspec.laws.law import LAWS, Law
from refspec.lecture import CLAIMS, Claim

__all__ = ["Row", "claims_of", "row", "rows"]


@dataclass(frozen=True)
class Row:
    """A claim, and what carries it.

    Attributes
    ----------
    claim : Claim
    definitions : tuple of str
        Public names whose docstring names the claim.
    laws : tuple of Law

    """

    claim: Claim
    definitions: tuple[str, ...]
    laws: tuple[Law, ...]

    @property
    def missing(self) -> str:
        """What the row still lacks; empty where it is done."""
        kinds = self.claim.kinds
        lacks = []
        if "D" in kinds and not self.definitions:
            lacks.append("a definition")
        if kinds & {"X", "T", "C"} and not self.laws:
            lacks.append("a law")
        return " and ".join(lacks)

    @property
    def state(self) -> str:
        """``done``, ``to be measured`` or what is missing."""
        if self.missing:
            return f"lacks {self.missing}"
        if "E" not in self.claim.kinds:
            return "done"
        if self.claim.kinds == {"E"}:
            return "to be measured"
        return "done, to be measured"


def claims_of(name: str) -> tuple[str, ...]:
    """Give the claims that a public definition's docstring names."""
    text = inspect.getdoc(getattr(refspec, name)) or ""
    found = re.search(r"^Claims:((?:\s+\d+\.\d+[,.])+)", text, re.MULTILINE)
    return tuple(re.findall(r"\d+\.\d+", found[1])) if found else ()


def row(claim: str) -> Row:
    """Give one row of the ledger.

    Raises
    ------
    ValueError
        If the lecture has no such claim.

    """
    if claim not in CLAIMS:
        raise ValueError(
            f"claim: expected a row of the lecture such as 5.1, found "
            f"{claim!r}"
        )
    return Row(
        CLAIMS[claim],
        tuple(n for n in refspec.__all__ if claim in claims_of(n)),
        tuple(law for law in LAWS.values() if claim in law.claims),
    )


def rows() -> list[Row]:
    """Give every row, in the order of the lecture."""
    return [row(claim) for claim in CLAIMS]
