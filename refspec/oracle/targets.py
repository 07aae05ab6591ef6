"""What may be checked: names, functions and implementations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import refspec
from refspec.oracle.candidates import (
    Candidate,
    Direct,
    Isolated,
    Missing,
    name_of,
)
from refspec.oracle.implementations import (
    NAMES,
    Implementation,
    load,
    taking,
)

__all__ = ["Target", "supported", "target"]

Supports = Mapping[str, frozenset[Any]]


class Target(NamedTuple):
    """A candidate, and what is declared of it."""

    candidate: Candidate
    supports: Supports
    declares: Mapping[str, Any]


def target(
    operation: str,
    implementation: Any,
    *,
    supports: Mapping[str, Iterable[Any]] | None,
    declares: Mapping[str, Any] | None,
    arrays: str,
    isolate: bool | None,
    deadline: float,
) -> Target:
    """Find out what is to be called, and where.

    Raises
    ------
    Missing
        With one sentence, if there is nothing to call.

    """
    given = {k: frozenset(v) for k, v in (supports or {}).items()}
    own: Mapping[str, Any] = {}
    if isinstance(implementation, str) and implementation in NAMES:
        loaded = _loaded(implementation, operation)
        candidate: Candidate = Isolated(
            {"implementation": implementation, "operation": operation},
            implementation, deadline=deadline,
        )  # fmt: skip
        given = {**loaded.restricted((operation,)), **given}
        own = loaded.declares
    elif isinstance(implementation, str):
        candidate = Isolated(
            {"name": implementation, "takes": arrays}, implementation,
            deadline=deadline,
        )  # fmt: skip
    elif isinstance(implementation, Implementation):
        _offered(implementation, operation)
        function = implementation.operations[operation]
        candidate = Direct(function, implementation.name, deadline=deadline)
        given = {**implementation.restricted((operation,)), **given}
        own = implementation.declares
    else:
        candidate = _function(implementation, arrays, isolate, deadline)
    return Target(candidate, given, {**own, **(declares or {})})


def _loaded(name: str, operation: str) -> Implementation:
    try:
        loaded = load(name)
    except ImportError as error:
        raise Missing(str(error)) from None
    _offered(loaded, operation)
    return loaded


def _offered(implementation: Implementation, operation: str) -> None:
    if operation not in implementation.operations:
        raise Missing(f"{implementation.name} does not offer {operation}")


def _function(
    function: Any,
    arrays: str,
    isolate: bool | None,  # noqa: FBT001 -- passed on
    deadline: float,
) -> Candidate:
    if not callable(function):
        raise Missing(
            f"expected a function, found a {type(function).__name__}"
        )
    name = name_of(function)
    if isolate is None:
        isolate = name is not None
    if isolate and name is None:
        raise Missing(
            "only a function that can be imported by name is run in a "
            "process of its own; give path.py:function or module:function"
        )
    if isolate:
        return Isolated(
            {"name": name, "takes": arrays}, str(name), deadline=deadline
        )
    try:
        called = function if arrays == "numpy" else taking(arrays, function)
    except LookupError as error:
        raise Missing(error.args[0]) from None
    return Direct(
        called, getattr(function, "__name__", "candidate"), deadline=deadline
    )


DEFAULTS: Mapping[str, Any] = {
    "stride": 1,
    "padding": 0,
    "dilation": 1,
    "groups": 1,
    "ceil_mode": False,
    "count_include_pad": True,
    "eps": 1e-5,
    "momentum": 0.1,
}


def supported(
    operation: str, candidate: Candidate, declared: Supports
) -> tuple[Supports, list[str]]:
    """Narrow what is asked to the parameters that a candidate has.

    Returns also the options that it lacks.
    """
    accepts = candidate.parameters()
    definition: Callable[..., Any] = getattr(refspec, operation)
    signature = inspect.signature(definition).parameters.values()
    options = [p.name for p in signature if p.kind == p.KEYWORD_ONLY]
    arrays = [p.name for p in signature if p.kind == p.POSITIONAL_ONLY]
    found = dict(declared)
    lacking = []
    if accepts["options"] is not None:
        lacking = [o for o in options if o not in accepts["options"]]
    for option in lacking:
        if option == "stride" and "kernel_size" in arrays:
            found["disjoint"] = frozenset({True})
        elif option in DEFAULTS:
            found[option] = frozenset({DEFAULTS[option]})
    count = accepts["positional"]
    if "b" in arrays and count is not None and count < len(arrays):
        found["bias"] = frozenset({False})
        lacking.append("b")
    return found, [name for name in lacking if name != "out"]
