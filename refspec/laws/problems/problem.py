"""A problem: one valid input of an operation, and its Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refspec.laws.domain import FRACTION, Domain

__all__ = ["Problem", "constant", "python_of"]


class Problem(SimpleNamespace):
    """One valid input of an operation: arrays and options, by name.

    ``problem.on(conv2d)`` calls ``conv2d`` with all of them: arrays, bias and
    kernel size in the order given, the options by keyword.
    ``problem.on(conv2d, stride=1)`` does so with one of them changed. Lists
    become arrays of fractions, and the repr can be pasted back into Python.
    """

    def __init__(self, **values: Any) -> None:
        """Keep the values by name."""
        super().__init__(
            **{
                name: FRACTION.cast(value)
                if isinstance(value, list)
                else value
                for name, value in values.items()
            }
        )

    def on(self, operation: Callable[..., Any], **changes: Any) -> Any:
        """Call an operation on this problem, with some of it changed."""
        changed = self.but(**changes)
        return operation(*changed.positional, **changed.options)

    def answers(self, operation: Callable[..., Any]) -> tuple[Any, ...]:
        """Call an operation, and give its answers, be it one, as arrays."""
        found = self.on(operation)
        found = found if isinstance(found, tuple) else (found,)
        return tuple(map(np.asarray, found))

    def mapped(self, change: Callable[[Any], Any]) -> Problem:
        """Change every array but those of integers, which may be labels."""
        return self.but(
            **{
                name: change(value)
                for name, value in vars(self).items()
                if isinstance(value, np.ndarray)
                and value.dtype.kind not in "iub"
            }
        )

    def but(self, **changes: Any) -> Problem:
        """Give the same problem with some of it changed."""
        return Problem(**{**vars(self), **changes})

    @property
    def positional(self) -> list[Any]:
        """Give all that is given by position, with arrays in their order."""
        return [
            value
            for name, value in vars(self).items()
            if _is_positional(name, value)
        ]

    @property
    def options(self) -> dict[str, Any]:
        """All that is given by keyword."""
        return {
            name: value
            for name, value in vars(self).items()
            if not _is_positional(name, value)
        }

    def exactly(self) -> Problem:
        """Give the same problem in fractions: every float is one."""
        return Problem(
            **{
                name: FRACTION.cast(value)
                if isinstance(value, np.ndarray)
                else value
                for name, value in vars(self).items()
            }
        )

    def __repr__(self) -> str:
        """Write the problem as Python."""
        return python_of(self)


def _is_positional(name: str, value: Any) -> bool:
    return isinstance(value, np.ndarray) or name in {"b", "kernel_size"}


def python_of(value: Any) -> str:
    """Write a value as Python that makes it again.

    It needs ``np``, ``Fraction`` and ``Problem``, and ``nan`` and ``inf``.
    """
    if isinstance(value, Problem):
        inside = ", ".join(
            f"{name}={python_of(item)}" for name, item in vars(value).items()
        )
        return f"Problem({inside})"
    if isinstance(value, np.ndarray):
        cells = repr(value.tolist()) if value.size else ""
        shape = "" if value.size else f".reshape({value.shape})"
        return f"np.array({cells or '[]'}, dtype={value.dtype.name!r}){shape}"
    if isinstance(value, Mapping):
        inside = ", ".join(f"{n!r}: {python_of(v)}" for n, v in value.items())
        return f"{{{inside}}}"
    if type(value) is tuple:
        return f"({''.join(f'{python_of(item)}, ' for item in value)})"
    return repr(value)


def constant(values: Any) -> Callable[[Domain], st.SearchStrategy[Any]]:
    """Draw always the same numbers, such as a table of a slide."""
    return lambda domain: st.just(domain.numbers.cast(values))
