"""The benchmark's file as tables: ``{benchmark}`` in a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from tables import Tables, row, table, text

import refspec

Figures = dict[str, dict[str, float]]
MEAN = ", geometric mean"


class Benchmark(Tables):
    """Lay out what ``nox -s bench`` wrote."""

    def run(self) -> list[nodes.Node]:
        """Give the means of all kinds, then a table for each kind."""
        path = Path(self.config.benchmark_file)
        self.env.note_dependency(path)
        measured = json.loads(path.read_text(encoding="utf-8"))
        versions = ", ".join(
            f"{name} {measured[name]}" for name in ("python", "numpy", "torch")
        )
        shown = [text(f"{measured['date']}: {versions}.")]
        shown += self._summary(measured["summary"])
        for kind, figures in measured["ratios to PyTorch"].items():
            section = nodes.section(ids=[nodes.make_id(f"times {kind}")])
            section += self.words(nodes.title, kind)
            section += self._ratios("Shape", figures)
            shown.append(section)
        return shown

    def _summary(self, summary: Figures) -> list[nodes.Node]:
        """Give the mean of each kind, and what is no ratio of times."""
        means = {
            name.removesuffix(MEAN): figures
            for name, figures in summary.items()
            if name.endswith(MEAN)
        }
        others = [
            row([self.head(name), text(_told(figures))])
            for name, figures in summary.items()
            if not name.endswith(MEAN)
        ]
        heads = [self.head("Of what"), self.head("Ratio")]
        return [
            self._ratios("Geometric mean", means),
            table(heads, others, "benchmark"),
        ]

    def _ratios(self, first: str, figures: Figures) -> nodes.table:
        """Give a row of ratios for each name, a column for each dtype."""
        dtypes = list(next(iter(figures.values())))
        rows = (
            row([text(name), *(text(f"{f:.2f}") for f in ratios.values())])
            for name, ratios in figures.items()
        )
        heads = [self.head(first), *map(text, dtypes)]
        return table(heads, rows, "benchmark")


def _told(figures: dict[str, float]) -> str:
    """Write figures beside what they are of, where there are several."""
    if len(figures) == 1:
        return f"{next(iter(figures.values())):.2f}"
    return ", ".join(f"{of} {ratio:.2f}" for of, ratio in figures.items())


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and where its figures come from."""
    app.setup_extension("tables")
    app.add_config_value("benchmark_file", "", "env", str)
    app.add_directive("benchmark", Benchmark)
    return {"version": refspec.__version__, "parallel_read_safe": True}
