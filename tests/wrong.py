"""Wrong implementations of anything, made from right ones.

Each is a mistake that needs no knowledge of the operation. A law that refuses
none of them says nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


def _each(  # noqa: PLR0911 -- one for each kind of answer
    answer: Any, change: Callable[[Any], Any]
) -> Any:
    """Change every array and number of an answer."""
    if isinstance(answer, tuple):
        parts = [_each(part, change) for part in answer]
        named = hasattr(answer, "_fields")
        return type(answer)(*parts) if named else tuple(parts)
    if isinstance(answer, list):
        return [_each(part, change) for part in answer]
    if isinstance(answer, Mapping):
        return {name: _each(part, change) for name, part in answer.items()}
    if isinstance(answer, (set, frozenset, range)):
        return type(answer)() if not isinstance(answer, range) else range(0)
    if dataclasses.is_dataclass(answer):
        changed = {
            f.name: _each(getattr(answer, f.name), change)
            for f in dataclasses.fields(answer)
        }
        return dataclasses.replace(answer, **changed)
    if answer is None or isinstance(answer, (str, bool)):
        return answer
    return change(answer)


def _one_more_in_the_last_cell(value: Any) -> Any:
    if not isinstance(value, np.ndarray) or not value.size:
        return value + 1
    changed = value.copy()
    changed[(-1,) * changed.ndim] += 1
    return changed


def _turned(value: Any) -> Any:
    if not isinstance(value, np.ndarray) or value.ndim < 1:
        return value + 1
    return value[..., ::-1]


def _shorter(value: Any) -> Any:
    if not isinstance(value, np.ndarray) or value.ndim < 1:
        return value + 1
    return value[..., :-1]


CHANGES: dict[str, Callable[[Any], Any]] = {
    "zeros": lambda value: value * 0,
    "negated": lambda value: -value,
    "doubled": lambda value: value + value,
    "one more": lambda value: value + 1,
    "one more in the last cell": _one_more_in_the_last_cell,
    "turned around": _turned,
    "squared": lambda value: value * value,
    "without the last column": _shorter,
}


def wrong_versions(operation: Callable[..., Any]) -> dict[str, Any]:
    """Give wrong versions of an operation, by the name of the mistake."""

    def changed(change: Callable[[Any], Any]) -> Callable[..., Any]:
        return lambda *args, **kwargs: _each(
            operation(*args, **kwargs), change
        )

    def last_changed(*args: Any, **kwargs: Any) -> Any:
        """Be right on the first call, and off by one on later ones."""
        calls.append(1)
        answer = operation(*args, **kwargs)
        return answer if len(calls) % 2 else _each(answer, CHANGES["one more"])

    def unchecked(*args: Any, **kwargs: Any) -> Any:
        try:
            return operation(*args, **kwargs)
        except ValueError:
            return 0

    calls: list[int] = []
    return {
        **{name: changed(change) for name, change in CHANGES.items()},
        "never refuses": unchecked,
        "every other answer one more": last_changed,
    }
