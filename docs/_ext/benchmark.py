"""The benchmark's file as a table: ``{benchmark}`` in a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Benchmark(SphinxDirective):
    """Lay out what ``nox -s bench`` wrote."""

    def run(self) -> list[nodes.Node]:
        """Make a table of ratios: a row for each shape of each kind."""
        path = Path(self.config.benchmark_file)
        self.env.note_dependency(path)
        table = json.loads(path.read_text(encoding="utf-8"))
        rows = [
            (kind, shape, *_words(ratios))
            for kind, shapes in table["ratios to PyTorch"].items()
            for shape, ratios in shapes.items()
        ]
        rows += [
            (name, "", *_words(figures))
            for name, figures in table["summary"].items()
        ]
        versions = ", ".join(
            f"{name} {table[name]}" for name in ("python", "numpy", "torch")
        )
        measured = f"Measured on {table['date']}: {versions}, one thread."
        heads = ("kind", "shape", "float64", "float32")
        return [nodes.paragraph(text=measured), _table(heads, rows)]


def _words(figures: dict[str, float]) -> tuple[str, str]:
    """Write the figures of both dtypes, or the one of any."""
    words = [f"{figure:.2f}" for figure in figures.values()]
    return words[0], words[-1]


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> nodes.Node:
    group = nodes.tgroup(cols=len(heads))
    group += [nodes.colspec(colwidth=1) for _ in heads]
    group += nodes.thead("", _row(heads))
    group += nodes.tbody("", *map(_row, rows))
    return nodes.table("", group)


def _row(cells: tuple[str, ...]) -> nodes.row:
    return nodes.row(
        "", *(nodes.entry("", nodes.paragraph(text=cell)) for cell in cells)
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and where its figures come from."""
    app.add_config_value("benchmark_file", "", "env", str)
    app.add_directive("benchmark", Benchmark)
    return {"parallel_read_safe": True}
