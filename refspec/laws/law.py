"""The form of a law, and the register of all of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from refspec.laws.relations import Relation

__all__ = ["LAWS", "Law", "law"]

LAWS: dict[str, Law] = {}
"""Every law by its name, in the order of the modules that define them."""


@dataclass(frozen=True)
class Law:
    """A claim as a property of an implementation.

    Attributes
    ----------
    claims : tuple of str
        The rows of the lecture that it carries.
    relation : function
        Takes operations under their names and drawn values under theirs, and
        returns a relation.
    draws : mapping of str to function
        For each drawn value, what makes its strategy from a `Domain`.
    exact : bool
        True where no data makes every side representable in floats: then it
        is proven in exact arithmetic only.
    decides : bool
        True for "equals the definition": a float answer is then held to the
        operation's bound.
    unless : mapping of str to function
        The draws without the condition of a conditional claim, among which
        the law must fail.
    breaks : mapping of str to value
        The smallest values for which it fails.

    """

    claims: tuple[str, ...]
    relation: Callable[..., Relation]
    draws: Mapping[str, Callable[..., Any]]
    exact: bool = False
    decides: bool = False
    unless: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    breaks: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    @property
    def sentence(self) -> str:
        """The claim, in the words of the law."""
        return (inspect.getdoc(self.relation) or "").split("\n\n")[0]

    @property
    def operations(self) -> tuple[str, ...]:
        """The operations that it needs, by the names of its parameters."""
        parameters = inspect.signature(self.relation).parameters
        return tuple(name for name in parameters if name not in self.draws)


def law(
    *claims: str,
    exact: bool = False,
    decides: bool = False,
    unless: Mapping[str, Callable[..., Any]] | None = None,
    breaks: Mapping[str, Any] | None = None,
    **draws: Callable[..., Any],
) -> Callable[[Callable[..., Relation]], Callable[..., Relation]]:
    """Register a property as a law of the lecture.

    The property's parameters are the operations that it is about, under their
    public names, and the values named in `draws`. See `Law` for the rest.

    Raises
    ------
    ValueError
        If the name is taken, or a drawn value is not a parameter.

    """

    def register(function: Callable[..., Relation]) -> Callable[..., Relation]:
        name = function.__name__
        parameters = inspect.signature(function).parameters
        if name in LAWS:
            raise ValueError(f"law: {name} is defined twice")
        if not set(draws) <= set(parameters):
            raise ValueError(f"law: {name} draws what it does not take")
        LAWS[name] = Law(
            claims, function, draws, exact, decides, unless or {},
            breaks or {}, name,
        )  # fmt: skip
        return function

    return register
