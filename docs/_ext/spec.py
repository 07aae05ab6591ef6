"""The spec block: a claim, its formula, its code, its laws, their last result.

``{spec} 5.1`` in a page lays out one row of the lecture. Nothing is typed
twice: the statement comes from `refspec.lecture`, formula and code from the
definition's docstring and source, the law from its source, the result from
the reports of ``refspec check --json``.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import refspec
from refspec.laws import LAWS, Law, ledger
from refspec.lecture import KINDS

ROOT = Path(refspec.__file__).parents[1]


UNFOLDED = 3
"""How many definitions of a block are open from the start."""


class Fold(nodes.General, nodes.Element):
    """What a reader opens and closes; its first child is always seen."""


class Seen(nodes.General, nodes.Element):
    """The part of a `Fold` that is always seen."""


class Phrase(nodes.General, nodes.TextElement):
    """Words to translate, that make no paragraph of their own."""


class Source(NamedTuple):
    """Lines of a file."""

    file: str
    line: int
    text: str


def formula_of(definition: Any) -> str:
    """Give the first displayed formula of a docstring, or nothing."""
    text = inspect.getdoc(definition) or ""
    found = re.search(
        r"^\.\. math::(.*?)(?:\n\n(?=\S)|\Z)", text, re.MULTILINE | re.DOTALL
    )
    return dedent(found[1]).strip() if found else ""


def sources_of(thing: Any) -> list[Source]:
    """Give the source of a definition or a law, without its docstring.

    In one part, or in two: what stands before the docstring and after it.
    """
    lines, first = inspect.getsourcelines(thing)
    file = Path(inspect.getsourcefile(thing) or "").relative_to(ROOT)
    text = "".join(lines)
    doc = re.search(r'\n +r?""".*?"""\n', text, re.DOTALL)
    if doc is None:
        return [Source(file.as_posix(), first, text)]
    after = first + text[: doc.end()].count("\n")
    parts = [
        Source(file.as_posix(), first, text[: doc.start() + 1]),
        Source(file.as_posix(), after, text[doc.end() :]),
    ]
    return [part for part in parts if part.text.strip()]


@cache
def shown(claim: str) -> tuple[str, ...]:
    """Name the definitions that stand in a claim's block.

    Where a row has none of its own, those that its laws are about.
    """
    row = ledger.row(claim)
    used = {name for law in row.laws for name in law.operations}
    return row.definitions or tuple(n for n in refspec.__all__ if n in used)


@cache
def homes() -> dict[str, str]:
    """Give the first block that shows each definition and each law."""
    first: dict[str, str] = {}
    for row in ledger.rows():
        for name in (*shown(row.claim.id), *(law.name for law in row.laws)):
            first.setdefault(name, row.claim.id)
    return first


class Spec(SphinxDirective):
    """Lay out one claim."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Make the block: statement, formulas, code beside laws, results."""
        try:
            row = ledger.row(self.arguments[0])
        except ValueError as error:
            raise self.error(str(error)) from None
        for path in self.config.spec_reports:
            self.env.note_dependency(path)
        claim = self.claim = row.claim
        block = nodes.section(classes=["spec"])
        title = f"{claim.id} {claim.title}"
        block += self._words(nodes.title, title)
        self._label(f"claim-{claim.id}", block, title)
        block += self._kinds()
        block += self._words(nodes.paragraph, claim.statement)
        block += self._conditions()
        left = nodes.container(classes=["spec-side", "spec-definitions"])
        left += [
            self._definition(name, at)
            for at, name in enumerate(shown(claim.id))
        ]
        right = nodes.container(classes=["spec-side", "spec-laws"])
        right += [self._law(law, at) for at, law in enumerate(row.laws)]
        sides = [side for side in (left, right) if side.children]
        if sides:
            block += nodes.container("", *sides, classes=["spec-sides"])
        return [block]

    # Words

    def _words(self, kind: Any, text: str, *classes: str) -> Any:
        """Make a node that the catalogues of translations know."""
        text = " ".join(text.split())
        node = kind(text, "", nodes.Text(text), classes=list(classes))
        self.set_source_info(node)
        return node

    def _label(self, name: str, node: nodes.Element, title: str) -> None:
        """Let pages refer to a node, as {ref}`claim-4.6`."""
        id_ = nodes.make_id(name)
        node["ids"].append(id_)
        std: Any = self.env.domains.standard_domain
        std.labels[name] = self.env.docname, id_, title
        std.anonlabels[name] = self.env.docname, id_

    def _links(self, label: str, names: Any, to: str) -> nodes.paragraph:
        """List references after a word."""
        line = nodes.paragraph("", "", classes=["spec-links"])
        line += self._words(Phrase, label)
        for name in names:
            line += nodes.Text(" ")
            link = addnodes.pending_xref(
                "", nodes.literal(name, name) if to else nodes.Text(name),
                refdomain="std", reftype="ref", refexplicit=True,
                refdoc=self.env.docname,
                reftarget=f"{to}{name}" if to else f"claim-{name}",
            )  # fmt: skip
            line += link
        return line

    # Parts of the block

    def _kinds(self) -> nodes.paragraph:
        line = nodes.paragraph("", "", classes=["spec-kinds"])
        for kind, name in KINDS.items():
            if kind in self.claim.kinds:
                line += self._words(Phrase, name, f"spec-kind-{kind.lower()}")
                line += nodes.Text(" ")
        line += nodes.inline(
            "", self.claim.slide, classes=["spec-slide"], language="pt-BR"
        )
        return line

    def _conditions(self) -> list[nodes.Node]:
        """Say what the sentence needs, and what breaks it."""
        items = [
            nodes.definition_list_item(
                "",
                self._words(nodes.term, title),
                nodes.definition("", self._words(nodes.paragraph, text)),
            )
            for title, text in (
                ("Condition", self.claim.condition),
                ("Smallest counterexample", self.claim.counterexample),
                ("Note", self.claim.note),
            )
            if text
        ]
        if not items:
            return []
        return [nodes.definition_list("", *items, classes=["spec-needs"])]

    def _definition(self, name: str, at: int) -> nodes.Node:
        definition = getattr(refspec, name)
        fold = Fold(classes=["spec-definition"])
        fold["open"] = self._first(name) and at < UNFOLDED
        label = self._words(Phrase, "Definition", "spec-label")
        code = nodes.literal(name, name)
        seen = Seen("", label, nodes.Text(" "), code, nodes.Text(" "))
        fold += seen
        alone = [law for law in LAWS.values() if law.operations == (name,)]
        if alone:
            seen += self._state(self._found(*alone, who="refspec"))
        if homes()[name] == self.claim.id:
            self._label(f"definition-{name}", fold, name)
        formula = formula_of(definition)
        if formula:
            fold += nodes.math_block(
                formula, formula, number=None, nowrap=False,
                docname=self.env.docname,
            )  # fmt: skip
        fold += self._code(definition)
        rows = [row for row in ledger.claims_of(name) if row != self.claim.id]
        if rows:
            fold += self._links("Also in", rows, "")
        return fold

    def _law(self, law: Law, at: int) -> nodes.Node:
        results = self._found(law)
        fold = Fold(classes=["spec-law"])
        fold["open"] = at == 0 or _state(results) == "broken"
        fold += Seen(
            "",
            self._words(Phrase, "Law", "spec-label"),
            nodes.Text(" "),
            self._words(Phrase, law.sentence, "spec-sentence"),
            nodes.Text(" "),
            self._state(results),
        )
        if homes()[law.name] == self.claim.id:
            self._label(f"law-{law.name}", fold, law.name)
        fold += self._code(law.relation)
        fold += self._links("About", law.operations, "definition-")
        rows = [row for row in law.claims if row != self.claim.id]
        if rows:
            fold += self._links("Also in", rows, "")
        fold += self._table(results)
        return fold

    def _first(self, name: str) -> bool:
        """Say whether a page shows a definition for the first time."""
        before = self.env.current_document.setdefault("spec", set())
        first = name not in before
        before.add(name)
        return first

    def _code(self, thing: Any) -> list[nodes.Node]:
        self.env.note_dependency(inspect.getsourcefile(thing) or "")
        parts = sources_of(thing)
        last = parts[-1]
        end = last.line + last.text.rstrip("\n").count("\n")
        where = f"{last.file}:{parts[0].line}-{end}"
        blocks: list[nodes.Node] = [
            nodes.paragraph("", where, classes=["spec-file"])
        ]
        for part in parts:
            text = part.text.rstrip("\n")
            block = nodes.literal_block(
                text, text, language="python", linenos=True,
                classes=["spec-code"],
                highlight_args={"linenostart": part.line},
            )  # fmt: skip
            blocks.append(block)
        return blocks

    # What runs found

    def _found(self, *laws: Law, who: str = "") -> list[dict[str, Any]]:
        """List what reports say of laws, of one implementation or of all."""
        return [
            result
            for law in laws
            for result in _results(self.config.spec_reports, law.name)
            if who in {"", result["who"]}
        ]

    def _state(self, results: list[dict[str, Any]]) -> nodes.Node:
        state = _state(results)
        return self._words(Phrase, state, "spec-result", state.split()[0])

    def _table(self, results: list[dict[str, Any]]) -> list[nodes.Node]:
        """Show the last result on every implementation."""
        if not results:
            return [self._words(nodes.paragraph, "No run yet.")]
        group = nodes.tgroup("", cols=3)
        group += [nodes.colspec("", colwidth=n) for n in (2, 2, 3)]
        head = nodes.row()
        for word in ("Implementation", "Verdict", "Cases"):
            head += nodes.entry("", self._words(nodes.paragraph, word))
        group += nodes.thead("", head)
        body = nodes.tbody()
        broken: list[nodes.Node] = []
        for result in results:
            verdict = result["verdict"]
            row = nodes.row(classes=[f"is-{verdict.split()[0]}"])
            who = nodes.paragraph("", f"{result['who']} {result['version']}")
            row += nodes.entry("", who)
            row += nodes.entry("", self._words(nodes.paragraph, verdict))
            row += nodes.entry("", nodes.paragraph("", _cases(result)))
            body += row
            if verdict == "broken":
                broken += [
                    nodes.paragraph("", result["reason"]),
                    nodes.literal_block(
                        result["python"], result["python"], language="python"
                    ),
                ]
        group += body
        table = nodes.table("", group, classes=["spec-results"])
        runs = sorted({result["run"] for result in results})
        when = nodes.paragraph("", "; ".join(runs), classes=["spec-run"])
        return [table, when, *broken]


def _cases(result: dict[str, Any]) -> str:
    """Say how many cases were compared, and how near they came."""
    cases = str(result["examples"])
    if result.get("share"):
        cases += f", {result['share']:.2g} of the bound"
    return cases if result["examples"] else ""


def _state(results: list[dict[str, Any]]) -> str:
    """Sum up what a law found: the worst verdict that says anything."""
    verdicts = {result["verdict"] for result in results}
    for verdict in ("broken", "holds"):
        if verdict in verdicts:
            return verdict
    return "not run"


def _results(paths: list[str], law: str) -> Iterator[dict[str, Any]]:
    """Give what each report says of a law."""
    for path in paths:
        report = _report(path)
        run = (
            f"{report['date'][:10]}, refspec {report['refspec']}, "
            f"Python {report['python']}, NumPy {report['numpy']}"
            if report
            else ""
        )
        if report.get("device"):
            run += f", {report['device']}"
        for finding in report.get("findings", ()):
            if finding["law"] == law:
                who = finding["implementation"]
                version = report["implementations"].get(who, "")
                yield {**finding, "who": who, "version": version, "run": run}


@cache
def _report(path: str) -> dict[str, Any]:
    if not Path(path).exists():
        return {}
    report: dict[str, Any] = json.loads(Path(path).read_text("utf-8"))
    return report


# HTML


def _visit_fold(self: Any, node: Fold) -> None:
    opened = {"open": "open"} if node["open"] else {}
    self.body.append(self.starttag(node, "details", **opened))


def _visit_seen(self: Any, node: Seen) -> None:
    self.body.append(self.starttag(node, "summary", ""))


def _visit_phrase(self: Any, node: Phrase) -> None:
    self.body.append(self.starttag(node, "span", ""))


def _depart(tag: str) -> Any:
    return lambda self, _: self.body.append(f"</{tag}>")


def _pass(self: Any, node: nodes.Node) -> None:
    """Show the children only: for builders without folding."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, its nodes, and where its results come from."""
    app.add_config_value("spec_reports", [], "env", list)
    app.add_directive("spec", Spec)
    for node, visit, tag in (
        (Fold, _visit_fold, "details"),
        (Seen, _visit_seen, "summary"),
        (Phrase, _visit_phrase, "span"),
    ):
        app.add_node(node, html=(visit, _depart(tag)), gettext=(_pass, _pass))
    return {"version": refspec.__version__, "parallel_read_safe": True}
