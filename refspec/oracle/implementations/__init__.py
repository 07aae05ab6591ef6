"""Implementations: who offers which operations, and in which numbers.

One module for each library. Each has a function `load` that returns an
`Implementation`, or raises ``ImportError`` where the library is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from refspec.laws.domain import Numbers

__all__ = ["NAMES", "Implementation", "load"]

NAMES = {"refspec": "reference", "scipy": "scipy_", "torch": "torch_"}
"""The implementations that come with refspec, and their modules."""


@dataclass(frozen=True)
class Implementation:
    """Something that offers some of the operations.

    Attributes
    ----------
    name, version : str
    operations : mapping of str to function
        By public name, under the reference's signature.
    numbers : tuple of Numbers
        The number types that it is put to.
    supports : mapping of str to mapping
        For each operation, the values of an option that it supports, where
        not all: ``{"avg_pool2d": {"dilation": frozenset({1})}}``.

    """

    name: str
    version: str
    operations: Mapping[str, Callable[..., Any]]
    numbers: tuple[Numbers, ...]
    supports: Mapping[str, Mapping[str, frozenset[Any]]] = field(
        default_factory=dict
    )

    def restricted(
        self, operations: tuple[str, ...]
    ) -> dict[str, frozenset[Any]]:
        """Give what all of these operations support, option by option."""
        common: dict[str, frozenset[Any]] = {}
        for operation in operations:
            for option, values in self.supports.get(operation, {}).items():
                common[option] = common.get(option, values) & values
        return common


def load(name: str) -> Implementation:
    """Load an implementation by name.

    Raises
    ------
    ValueError
        If there is none of that name.
    ImportError
        If its library is not installed.

    """
    if name not in NAMES:
        raise ValueError(
            f"implementation: expected one of {', '.join(NAMES)}, found "
            f"{name!r}"
        )
    module = import_module(f"{__name__}.{NAMES[name]}")
    implementation: Implementation = module.load()
    return implementation
