"""Wrong implementations, kept as carefully as right ones.

A variant is made from a definition: a *mistake* that real people make, or a
*convention* that others follow. Tests refuse each of them, verdicts name
them, and vectors are flagged with them. They are generic in the number type,
as the definitions are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import refspec

__all__ = ["VARIANTS", "Variant", "variant", "variants_of"]

VARIANTS: dict[str, Variant] = {}
"""Every variant by its name."""


@dataclass(frozen=True)
class Variant:
    """One way to be unlike the definition.

    Attributes
    ----------
    name : str
        A few words, such as ``"flipped kernel"``.
    operations : tuple of str
    kind : str
        ``"mistake"`` or ``"convention"``.
    sentence : str
        What it does, as a teacher would say it.
    make : function
        From a definition, the variant under the same signature.
    declared : tuple
        The declaration by which an implementation says that it follows a
        convention, such as ``("tie", "shared")``; empty for a mistake.

    """

    name: str
    operations: tuple[str, ...]
    kind: str
    sentence: str
    make: Callable[[Callable[..., Any]], Callable[..., Any]]
    declared: tuple[Any, ...] = ()

    def of(self, operation: str) -> Callable[..., Any]:
        """Make the variant of an operation."""
        return self.make(getattr(refspec, operation))


def variant(
    name: str,
    *operations: str,
    kind: str = "mistake",
    declared: tuple[Any, ...] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a variant; its docstring is its sentence.

    Raises
    ------
    ValueError
        If the name is taken.

    """

    def register(make: Callable[..., Any]) -> Callable[..., Any]:
        if name in VARIANTS:
            raise ValueError(f"variant: {name} is defined twice")
        sentence = " ".join((make.__doc__ or "").split())
        VARIANTS[name] = Variant(
            name, operations, kind, sentence, make, declared
        )
        return make

    return register


def variants_of(operation: str) -> list[Variant]:
    """List the variants of an operation, conventions first."""
    found = [v for v in VARIANTS.values() if operation in v.operations]
    return sorted(found, key=lambda v: v.kind != "convention")


for _module in (
    "convolution",
    "pooling",
    "normalization",
    "activation",
    "geometry",
):
    import_module(f"{__name__}.{_module}")
