"""Worked examples: ``{worked}`` runs its lines when the site is built.

What a page shows as the answer is what the definitions answered: nothing is
typed. The names of `refspec` and of `refspec.lecture`, ``np`` and `Fraction`
are there, and what an earlier example of the page has named.
"""

from __future__ import annotations

import ast
import io
from contextlib import redirect_stdout
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import refspec
import refspec.lecture


def names() -> dict[str, Any]:
    """Give what an example may use without an import."""
    offered = {"np": np, "Fraction": Fraction}
    for module in (refspec, refspec.lecture):
        offered |= {name: getattr(module, name) for name in module.__all__}
    return offered


def answers(source: str, space: dict[str, Any], *, raises: bool) -> str:
    """Run lines as if they were typed, and give the whole conversation."""
    said = []
    for statement in ast.parse(source).body:
        first, *more = ast.get_source_segment(source, statement).splitlines()
        said += [f">>> {first}", *(f"... {line}".rstrip() for line in more)]
        with redirect_stdout(io.StringIO()) as printed:
            try:
                value = _run(statement, space)
            except Exception as error:
                if not raises:
                    raise
                value = None
                print(f"{type(error).__name__}: {error}")  # noqa: T201
            if value is not None:
                print(repr(value))  # noqa: T201
        said += printed.getvalue().splitlines()
    return "\n".join(said)


def _run(statement: ast.stmt, space: dict[str, Any]) -> Any:
    """Give what an expression is worth; of all else, nothing."""
    if isinstance(statement, ast.Expr):
        return eval(  # noqa: S307 -- the page's own lines
            compile(ast.Expression(statement.value), "<page>", "eval"), space
        )
    module = ast.Module([statement], [])
    exec(compile(module, "<page>", "exec"), space)  # noqa: S102 -- likewise
    return None


class Worked(SphinxDirective):
    """Show lines and what they answer."""

    has_content = True
    option_spec: ClassVar = {"raises": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Run the lines; with ``:raises:`` an error is an answer."""
        space = self.env.current_document.setdefault("worked", names())
        source = "\n".join(self.content)
        try:
            text = answers(source, space, raises="raises" in self.options)
        except Exception as error:
            raise self.error(f"{type(error).__name__}: {error}") from error
        for path in Path(refspec.__file__).parent.rglob("*.py"):
            self.env.note_dependency(str(path))
        block = nodes.literal_block(
            text, text, language="pycon", classes=["worked"]
        )
        self.set_source_info(block)
        return [block]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("worked", Worked)
    return {"version": refspec.__version__, "parallel_read_safe": True}
