"""Pages of the public names: ``{reference} refspec.pooling`` in a page.

The names and their order are those of the module's ``__all__``, the words
those of the docstrings: their claims become links to the pages of the
lecture, and names in backticks links to each other.
"""

from __future__ import annotations

import inspect
import re
from contextlib import suppress
from importlib import import_module
from typing import Any, ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.roles import XRefRole
from sphinx.util.docutils import SphinxDirective

import refspec
from refspec.laws import ledger

MODULES = (
    "images",
    "geometry",
    "convolution",
    "counts",
    "receptive",
    "cells",
    "pooling",
    "activation",
    "normalization",
    "network",
    "architectures",
    "training",
)
"""The modules of definitions, in the order of the lecture."""

LINE = 79
"""A longer value is not shown."""

NAME = re.compile(r"(?<![`:\w])`(?!`)([\w.]+)`(?![`_])")
CLAIM = re.compile(r"(?<![\w.])(\d\.\d+)(?![\w*])")
LISTED = re.compile(r"^(\w+(?:, \w+)*) : ", re.MULTILINE)
CLAIMS = re.compile(r"^Claims:(?:\s+\d+\.\d+[,.])+", re.MULTILINE)


def linked(text: str, known: set[str]) -> str:
    """Make links of the names in backticks that are not `known` here."""

    def link(found: re.Match[str]) -> str:
        name = found[1]
        return f"``{name}``" if name in known else f":py:obj:`.{name}`"

    return NAME.sub(link, text)


def claimed(text: str, name: str) -> str:
    """Make links of a docstring's claims, and one to the source."""

    def link(found: re.Match[str]) -> str:
        claims = CLAIM.sub(r":ref:`\1 <claim-\1>`", found[0])
        source = f":block:`source and laws <definition-{name}>`"
        return f"{claims.removesuffix('.')} ({source})."

    return CLAIMS.sub(link, text)


def _own(thing: Any) -> set[str]:
    """Name what has no entry: parameters, answers, inner constants."""
    module = inspect.getmodule(thing)
    public = getattr(module, "__all__", ())
    own = {n for n in dir(module) if n.isupper() and n not in public}
    for names in LISTED.findall(inspect.getdoc(thing) or ""):
        own |= set(names.split(", "))
    if inspect.isclass(thing):
        own |= {*dir(thing), *inspect.get_annotations(thing)}
    with suppress(TypeError, ValueError):  # an error's class has none
        own |= set(inspect.signature(thing).parameters)
    return own


def _link(
    app: Sphinx, what: str, name: str, thing: Any, options: Any,
    lines: list[str],
) -> None:  # fmt: skip
    """Put links into a docstring, before it is read."""
    del app, options
    inherited = (inspect.getdoc(type(thing)) or "").split("\n")
    if what == "data" and lines[:1] == inherited[:1]:
        lines.clear()  # what its class says is not about it
    short = name.rpartition(".")[2]
    text = linked("\n".join(lines), _own(thing) | {short})
    if name == f"refspec.{short}" and ledger.claims_of(short):
        text = claimed(text, short)
    lines[:] = text.split("\n")


class Block(XRefRole):
    """A link to a part of a spec block: its label has capitals."""

    def create_xref_node(self) -> tuple[list[Any], list[Any]]:
        """Make the node of a ``ref``, without its lower case."""
        self.refdomain, self.reftype = "std", "ref"
        self.innernodeclass = nodes.inline
        return super().create_xref_node()


class Reference(SphinxDirective):
    """Lay out the public names of a module."""

    required_arguments = 1
    option_spec: ClassVar = {"also": str.split}

    def run(self) -> list[nodes.Node]:
        """Say what the module is about, and each of its names."""
        (name,) = self.arguments
        module = import_module(name)
        self.env.note_dependency(inspect.getsourcefile(module) or "")
        about = linked(inspect.getdoc(module) or "", set())
        parts = [about]
        for public in (*module.__all__, *self.options.get("also", ())):
            home = "refspec" if public in refspec.__all__ else name
            parts += [
                f".. currentmodule:: {home}",
                _entry(public, getattr(module, public)),
            ]
        text = "\n\n".join(parts)
        return self.parse_text_to_nodes(f"````{{eval-rst}}\n{text}\n````")


def _entry(name: str, thing: Any) -> str:
    """Write the line that fetches a name's docstring."""
    if not inspect.isclass(thing):
        if callable(thing):
            return f".. autofunction:: {name}"
        short = len(repr(thing)) < LINE
        return f".. autodata:: {name}" + ("" if short else "\n   :no-value:")
    # a tuple's fields are in its docstring, a layer's methods in its base's
    option = "" if issubclass(thing, tuple) else "members"
    if thing.__base__.__module__.startswith("refspec"):
        option = "show-inheritance"
    return f".. autoclass:: {name}" + (option and f"\n   :{option}:")


class Names(SphinxDirective):
    """List every public name, module by module."""

    def run(self) -> list[nodes.Node]:
        """Make a list of links, each module's page first."""
        lines = []
        for module in MODULES:
            public = import_module(f"refspec.{module}").__all__
            links = ", ".join(f"{{py:obj}}`~refspec.{n}`" for n in public)
            lines.append(f"[]({module}.md)\n: {links}\n")
        return self.parse_text_to_nodes("\n".join(lines))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives and what makes the links."""
    app.connect("autodoc-process-docstring", _link, priority=400)
    app.add_role("block", Block(warn_dangling=True))
    app.add_directive("reference", Reference)
    app.add_directive("names", Names)
    return {"version": refspec.__version__, "parallel_read_safe": True}
