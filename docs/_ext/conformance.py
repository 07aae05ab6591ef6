"""Who obeys which law: ``{conformance}``, ``{findings}`` and ``{limits}``.

All of it is read from the reports of ``refspec check --json``, those of
`spec_reports`: the one that the build made, and those of machines with a GPU.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from spec import Phrase
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from tables import Tables, row, table, text

import refspec
from refspec.laws import LAWS, Law
from refspec.lecture import SECTIONS
from refspec.oracle import report
from refspec.oracle.implementations import BY_DEFAULT, load

SIGNS = {
    "holds": "\N{CHECK MARK}",
    "broken": "\N{BALLOT X}",
    "exact only": "\N{IDENTICAL TO}",
    "unsupported": "\N{EN DASH}",
}
"""A verdict is seen without its colour, too."""


class Column(NamedTuple):
    """An implementation in one run."""

    name: str
    version: str
    run: dict[str, Any]
    findings: dict[str, dict[str, Any]]

    @property
    def title(self) -> str:
        """Name the implementation, and its version."""
        return f"{self.name} {self.version}"

    @property
    def when(self) -> str:
        """Say when and on what the laws were run."""
        words = [self.run["date"][:10], self.run.get("device", "CPU")]
        return ", ".join(words)

    @property
    def broken(self) -> list[dict[str, Any]]:
        """List the findings that disagree."""
        return [f for f in self.findings.values() if f["verdict"] == "broken"]


def _runs(paths: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Read all reports that are there."""
    yield from map(report.read, filter(Path.exists, map(Path, paths)))


def columns(paths: Iterable[str]) -> Iterator[Column]:
    """Read the implementations of all reports on laws."""
    for run in _runs(paths):
        for name, version in run.get("implementations", {}).items():
            findings = {
                finding["law"]: finding
                for finding in run["findings"]
                if finding["implementation"] == name
            }
            yield Column(name, version, run, findings)


def laws_by_section() -> dict[int, list[Law]]:
    """Put each law into the section of its first claim."""
    sections: dict[int, list[Law]] = {number: [] for number in SECTIONS}
    for law in LAWS.values():
        sections[int(law.claims[0].split(".")[0])].append(law)
    return {number: laws for number, laws in sections.items() if laws}


class Reports(Tables):
    """What is made of the reports."""

    def run(self) -> list[nodes.Node]:
        """Read them, and lay them out."""
        for path in self.config.spec_reports:
            self.env.note_dependency(path)
        self.columns = list(columns(self.config.spec_reports))
        self.devices = [
            run for run in _runs(self.config.spec_reports) if "reports" in run
        ]
        if not self.columns:
            return [self.words(nodes.paragraph, "No run yet.")]
        return self.laid_out()

    def laid_out(self) -> list[nodes.Node]:
        """Give what the directive shows."""
        raise NotImplementedError

    def heads(self) -> list[nodes.Node]:
        """Name the implementations, a column each."""
        return [text(column.title) for column in self.columns]

    def link(self, law: str, text: str) -> nodes.Node:
        """Lead to the block of a law."""
        return addnodes.pending_xref(
            "", nodes.literal(text, text), refdomain="std", reftype="ref",
            refexplicit=True, refdoc=self.env.docname,
            reftarget=f"law-{law}",
        )  # fmt: skip

    def verdict(self, verdict: str) -> nodes.Node:
        """Write a verdict: sign and word."""
        cell = nodes.paragraph("", f"{SIGNS[verdict]} ")
        cell += self.words(Phrase, verdict)
        return cell


class Conformance(Reports):
    """Lay out a matrix for each section, and their sums before."""

    def laid_out(self) -> list[nodes.Node]:
        """Give the sums, then a matrix per section."""
        shown = [self._sums()]
        seen = any("device" in column.run for column in self.columns)
        if not seen and not self.devices:
            none = "No report of a run on a GPU is here yet."
            shown.append(self.words(nodes.paragraph, none))
        shown += map(self._device, self.devices)
        return [*shown, *self._sections()]

    def _device(self, run: dict[str, Any]) -> nodes.Node:
        """Show what `tests/gpu.py` found: a row for each operation."""
        section = nodes.section(ids=[nodes.make_id(run["device"])])
        section += nodes.title("", "", nodes.Text(run["device"]))
        parts = [
            f"{name} {run[key]}"
            for name, key in (
                ("driver", "driver"), ("CUDA", "cuda"), ("cuDNN", "cudnn"),
                ("PyTorch", "torch"), ("Triton", "triton"),
                ("refspec", "commit"),
            )
            if run[key]
        ]  # fmt: skip
        section += text(f"{run['date'][:10]}: {', '.join(parts)}.")
        rows = []
        for found in run["reports"]:
            share = f"{found['share']:.2f}" if found["share"] else ""
            cells = (found["operation"], found["mode"])
            rows.append(
                row([*map(text, cells), self.head(found["verdict"]),
                     text(share)])
            )  # fmt: skip
        heads = ("Operation", "Mode", "Verdict", "Share of the bound")
        section += table(map(self.head, heads), rows, "conformance")
        return section

    def _sums(self) -> nodes.Node:
        rows = []
        for column in self.columns:
            counts = Counter(f["verdict"] for f in column.findings.values())
            cases = sum(f["examples"] for f in column.findings.values())
            cells = [column.title, column.when]
            cells += [counts[verdict] for verdict in SIGNS]
            rows.append(row(map(text, [*cells, f"{cases:,}"])))
        heads = [
            self.head("Implementation"),
            self.head("Run"),
            *map(self.verdict, SIGNS),
            self.head("Cases"),
        ]
        return table(heads, rows, "conformance")

    def _sections(self) -> Iterator[nodes.Node]:
        for number, laws in laws_by_section().items():
            title = SECTIONS[number]
            section = nodes.section(ids=[f"conformance-{number}"])
            section += self.words(nodes.title, f"{number} {title}")
            heads = [self.head("Law"), *self.heads()]
            section += table(heads, map(self._law, laws), "conformance")
            yield section

    def _law(self, law: Law) -> nodes.row:
        name = nodes.paragraph("", "", self.link(law.name, law.name))
        name += self.words(Phrase, law.sentence, "conformance-sentence")
        cells = [self._cell(column, law) for column in self.columns]
        return nodes.row("", nodes.entry("", name), *cells)

    def _cell(self, column: Column, law: Law) -> nodes.entry:
        finding = column.findings.get(law.name)
        if finding is None:
            return nodes.entry("", self.head("not run"))
        verdict = finding["verdict"]
        return nodes.entry(
            "", self.verdict(verdict), classes=[f"is-{verdict.split()[0]}"]
        )


class Findings(Reports):
    """Say of each implementation what was found against it."""

    def laid_out(self) -> list[nodes.Node]:
        """Give a list, with every disagreement and its smallest case."""
        shown = nodes.bullet_list()
        for column in self.columns:
            item = nodes.list_item()
            item += nodes.paragraph("", self._told(column))
            for finding in column.broken:
                item += self._broken(finding)
            shown += item
        return [shown]

    def _told(self, column: Column) -> str:
        held = [f for f in column.findings.values() if f["examples"]]
        cases = sum(f["examples"] for f in held)
        found = len(column.broken)
        return (
            f"{column.title}: {found or 'no'} "
            f"disagreement{'s' * (found != 1)} in {cases:,} cases of "
            f"{len(held)} laws ({column.when})."
        )

    def _broken(self, finding: dict[str, Any]) -> list[nodes.Node]:
        law, python = finding["law"], finding["python"]
        line = nodes.paragraph("", "", self.link(law, law))
        line += nodes.Text(f": {finding['reason']}")
        code = nodes.literal_block(python, python, language="python")
        return [line, code]


class Limits(SphinxDirective):
    """List what each installed implementation does not support."""

    def run(self) -> list[nodes.Node]:
        """Ask those that can be loaded."""
        shown = nodes.definition_list()
        for name in BY_DEFAULT:
            try:
                lines = report.unsupported(load(name))
            except ImportError:
                continue
            items = (nodes.list_item("", text(line)) for line in lines)
            if lines:
                shown += nodes.definition_list_item(
                    "",
                    nodes.term("", name),
                    nodes.definition("", nodes.bullet_list("", *items)),
                )
        return [shown]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.setup_extension("spec")
    app.setup_extension("tables")
    app.add_directive("conformance", Conformance)
    app.add_directive("findings", Findings)
    app.add_directive("limits", Limits)
    return {"version": refspec.__version__, "parallel_read_safe": True}
