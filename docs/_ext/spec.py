"""The spec block: a claim, its formula, its code, its law, its last result.

``{spec} 5.1`` in a page lays out one row of the lecture. Nothing is typed
twice: the statement comes from `refspec.lecture`, formula and code from the
definition's docstring and source, the law from its source, the result from
the report of ``refspec check --json``.
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from textwrap import dedent
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import refspec
from refspec.laws import Law, ledger

KINDS = {
    "D": "definition",
    "X": "example",
    "T": "theorem",
    "C": "conditional",
    "E": "to be measured",
}


def formula_of(definition: Any) -> str:
    """Give the first displayed formula of a docstring, or nothing."""
    text = inspect.getdoc(definition) or ""
    found = re.search(
        r"^\.\. math::(.*?)(?:\n\n(?=\S)|\Z)", text, re.MULTILINE | re.DOTALL
    )
    return dedent(found[1]).strip() if found else ""


def code_of(thing: Any) -> str:
    """Give the source of a definition or a law, docstring apart."""
    source = inspect.getsource(thing)
    if callable(thing) and thing.__module__.startswith("refspec.laws"):
        return source
    return re.sub(r'\n    r?""".*?"""', "", source, count=1, flags=re.DOTALL)


class Spec(SphinxDirective):
    """Lay out one claim."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Make the block: statement, formulas, code beside laws, results."""
        try:
            row = ledger.row(self.arguments[0])
        except ValueError as error:
            raise self.error(str(error)) from None
        claim = row.claim
        block = nodes.section(ids=[f"claim-{claim.id.replace('.', '-')}"])
        block["classes"].append("spec")
        block += nodes.title("", f"{claim.id} {claim.slide}")
        kinds = ", ".join(KINDS[k] for k in KINDS if k in claim.kinds)
        block += _paragraph(kinds, "spec-kinds")
        block += _paragraph(claim.statement)
        for title, text in (
            ("Condition", claim.condition),
            ("Without it", claim.counterexample),
            ("Note", claim.note),
        ):
            if text:
                block += _paragraph(f"{title}: {text}")
        code = nodes.container(classes=["spec-code"])
        for name in row.definitions:
            code += self._definition(name)
        for law in row.laws:
            code += self._law(law)
        block += code
        return [block]

    def _first(self, kind: str, name: str) -> bool:
        """Say whether a page shows this for the first time."""
        shown = self.env.current_document.setdefault("spec", set())
        first = (kind, name) not in shown
        shown.add((kind, name))
        return first

    def _definition(self, name: str) -> nodes.Node:
        if not self._first("definition", name):
            return nodes.container("", _paragraph(f"{name}: see above."))
        definition = getattr(refspec, name)
        parts: list[nodes.Node] = [_paragraph(f"Definition: {name}")]
        formula = formula_of(definition)
        if formula:
            parts.append(
                nodes.math_block(
                    formula, formula, number=None, nowrap=False,
                    docname=self.env.docname,
                )
            )  # fmt: skip
        parts.append(_code(code_of(definition)))
        return nodes.container("", *parts)

    def _law(self, law: Law) -> nodes.Node:
        if not self._first("law", law.name):
            return nodes.container("", _paragraph(f"{law.name}: see above."))
        return nodes.container(
            "",
            _paragraph(f"Law: {law.sentence}"),
            _code(code_of(law.relation)),
            _paragraph(self._result(law)),
        )

    def _result(self, law: Law) -> str:
        """Say what the last run of a law found."""
        report = _report(Path(self.config.spec_report))
        if not report:
            return "Last run: none."
        found = [
            f"{f['implementation']} {f['verdict']}"
            + (f" on {f['examples']} cases" if f["examples"] else "")
            for f in report["findings"]
            if f["law"] == law.name
        ]
        return f"Last run ({report['date'][:10]}): {'; '.join(found)}."


def _paragraph(text: str, *classes: str) -> nodes.paragraph:
    return nodes.paragraph("", nodes.Text(text), classes=list(classes))


def _code(source: str) -> nodes.literal_block:
    return nodes.literal_block(source, source, language="python")


def _report(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and where its results come from."""
    app.add_config_value("spec_report", "", "env", str)
    app.add_directive("spec", Spec)
    return {"version": refspec.__version__, "parallel_read_safe": True}
