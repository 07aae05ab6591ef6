"""The playground: ``{playground}`` lays out its controls for ``play.js``.

The script computes while a reader plays, and no Python is at hand. So that it
says what the definitions say, ``_static/play-answers.json`` holds problems of
the playground with the answers of the definitions: a test in the browser puts
the script to all of them.
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

import answers
from docutils import nodes
from drawn import Worded
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import refspec

PROBLEMS = 400
"""How many problems the table of answers has."""

CHOICES = {
    "image": (
        "Image",
        {
            "digit": "a digit",
            "step": "a step",
            "pixel": "one bright pixel",
            "checkerboard": "a checkerboard",
            "ramp": "a ramp",
        },
    ),
    "weights": (
        "Weights",
        {
            "edge": "upright edges",
            "sharpen": "sharpen",
            "mean": "ones",
            "count": "1, 2, 3, ...",
        },
    ),
}
SAID = {
    "play": "Play",
    "pause": "Pause",
    "back": "Step back",
    "forward": "Step forward",
    "position": "Window",
    "padded": "Padded image",
    "kernel": "Kernel",
    "products": "Products",
    "map": "Map",
    "layer": "Layer",
    "outputs": "Output",
    "field": "Receptive field",
    "jump": "Jump",
    "parameters": "Parameters",
    "multiplications": "Multiplications",
    "table": "Layers of this kind, one after another",
    "none": "no window fits",
    "pictures": "One channel of one filter",
    "pictured": (
        "The padded image with the window in row {i}, column {j}; the "
        "kernel; the products of the two, whose sum is {sum}; and the map."
    ),
    "size": "Output rows: {rows}. Output columns: {columns}.",
    "span": "The kernel spans {rows} by {columns} pixels.",
    "sum": "Row {i}, column {j}: {terms} = {sum}",
    "script": "This page needs JavaScript.",
}


def words() -> list[str]:
    """List all that the playground says."""
    said = [control.label for control in answers.CONTROLS]
    for label, options in CHOICES.values():
        said += [label, *options.values()]
    return [*said, *SAID.values()]


class Playground(Worded):
    """The controls, and the words of the script."""


class Place(SphinxDirective):
    """Put the playground on a page."""

    def run(self) -> list[nodes.Node]:
        """Make the node; its words are messages of the catalogues."""
        for module in (__file__, answers.__file__):
            self.env.note_dependency(module)
        node = Playground(words={word: word for word in words()})
        self.set_source_info(node)
        return [node]


def _visit(self: Any, node: Playground) -> None:
    say = {word: escape(text) for word, text in node["words"].items()}
    texts = {key: node["words"][word] for key, word in SAID.items()}
    data = json.dumps(texts, ensure_ascii=False).replace("<", "\\u003c")
    fields = [
        f'<label>{say[c.label]} <input type="number" name="{c.name}" '
        f'min="{c.least}" max="{c.most}" value="{c.value}"></label>'
        for c in answers.CONTROLS
    ]
    for name, (label, options) in CHOICES.items():
        inner = "".join(
            f'<option value="{value}">{say[word]}</option>'
            for value, word in options.items()
        )
        fields.append(
            f'<label>{say[label]} <select name="{name}">{inner}</select>'
            "</label>"
        )
    self.body.append(
        '<div class="play" id="play">\n'
        f"<noscript><p>{say[SAID['script']]}</p></noscript>\n"
        f'<form class="play-controls">{"".join(fields)}</form>\n'
        '<p class="play-error" role="alert"></p>\n'
        '<div class="play-shown">\n'
        '<p class="play-sizes" aria-live="polite"></p>\n'
        '<div class="play-moves">'
        f'<button type="button" name="play">{say[SAID["play"]]}</button>'
        f'<button type="button" name="back">{say[SAID["back"]]}</button>'
        f'<button type="button" name="forward">{say[SAID["forward"]]}</button>'
        f"<label>{say[SAID['position']]} "
        '<input type="range" min="0" max="0" value="0"></label></div>\n'
        f'<div class="play-pictures" role="img" '
        f'aria-label="{say[SAID["pictures"]]}"></div>\n'
        '<p class="play-sum"></p>\n'
        '<div class="table-wrapper"><table class="docutils"></table></div>\n'
        "</div>\n"
        f'<script type="application/json">{data}</script>\n</div>\n'
    )
    raise nodes.SkipNode


def _write(app: Sphinx, failed: Exception | None) -> None:
    if failed is None and app.builder.format == "html":
        file = Path(app.outdir, "_static", "play-answers.json")
        file.write_text(
            json.dumps(answers.problems(PROBLEMS)), encoding="utf-8"
        )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, its script and its answers."""
    app.add_directive("playground", Place)
    app.add_node(Playground, html=(_visit, None))
    app.add_css_file("play.css")
    app.add_js_file("play.js", loading_method="defer")
    app.connect("build-finished", _write)
    return {"version": refspec.__version__, "parallel_read_safe": True}
