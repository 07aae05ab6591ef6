"""The reference in the browser: ``{browser}`` lays out its editor.

What it runs on is fetched beforehand (``nox -s browser``) and lies in
``_build/browser``. Where that is missing, the page says so, and the rest of
the site is as it is.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from drawn import Worded
from pages import LANGUAGES
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import refspec

HERE = Path(__file__).parents[1]
FETCHED = HERE / "_build" / "browser"
STUB = (HERE / "_browser" / "stub.py").read_text(encoding="utf-8")
SAID = {
    "missing": (
        "This copy of the site was built without the browser's Python. "
        "`nox -s browser`, then `nox -s docs`, puts it here."
    ),
    "served": (
        "A browser runs Python only on pages that are served: "
        "`python -m http.server` in the folder of the site does it."
    ),
    "editor": "Your conv2d",
    "run": "Run the laws",
    "stop": "Stop",
    "loading": "Python is loading. The first time takes some seconds.",
    "running": "{n} of {all} laws",
    "done": "{broken} of {all} laws are broken.",
    "stopped": "Stopped.",
    "failed": "Your code does not run: {error}",
    "found": "The smallest problem found",
    "options": "Options",
    "image": "Image",
    "kernel": "Kernel",
    "expected": "Expected",
    "got": "Got",
    "holds": "holds",
    "broken": "broken",
    "unsupported": "unsupported",
}


class Browser(Worded):
    """The editor, and the words of the script."""


class Place(SphinxDirective):
    """Put the editor on a page."""

    def run(self) -> list[nodes.Node]:
        """Make the node; its words are messages of the catalogues."""
        for file in (__file__, str(HERE / "_browser" / "stub.py")):
            self.env.note_dependency(file)
        node = Browser(words={word: word for word in SAID.values()})
        self.set_source_info(node)
        return [node]


def _visit(self: Any, node: Browser) -> None:
    texts = {key: node["words"][word] for key, word in SAID.items()}
    say = {key: escape(text) for key, text in texts.items()}
    if not FETCHED.exists():
        self.body.append(_without(self, say["missing"]))
        raise nodes.SkipNode
    page = self.builder.current_docname
    folder = LANGUAGES[self.config.language]
    top = "../" * (page.count("/") + folder.count("/"))
    data = {**texts, "base": f"{top}_static/browser/"}
    block = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    self.body.append(
        '<div class="play" id="browser">\n'
        f'<label class="browser-editor">{say["editor"]}'
        f'<textarea rows="24" spellcheck="false" autocapitalize="off">'
        f"{escape(STUB)}</textarea></label>\n"
        f'<div class="play-moves"><button type="button">{say["run"]}</button>'
        '<span role="status"></span></div>\n'
        '<div class="browser-found"></div>\n'
        '<ul class="browser-laws"></ul>\n'
        f'<script type="application/json">{block}</script>\n</div>\n'
    )
    raise nodes.SkipNode


def _without(self: Any, sentence: str) -> str:
    """Say what is missing, and show the function as code to be copied."""
    code = self.highlighter.highlight_block(STUB, "python")
    literal = r'<code class="docutils literal">\1</code>'
    told = re.sub(r"`([^`]+)`", literal, sentence)
    return (
        f'<p class="browser-missing">{told}</p>\n'
        f'<div class="highlight-python notranslate">{code}</div>\n'
    )


def _copy(app: Sphinx, failed: Exception | None) -> None:
    """Put what was fetched, and refspec itself, into the site, once."""
    once = app.builder.format == "html" and not LANGUAGES[app.config.language]
    if failed or not once or not FETCHED.exists():
        return
    there = Path(app.outdir, "_static", "browser")
    shutil.copytree(FETCHED, there, dirs_exist_ok=True)
    package = Path(refspec.__file__).parent
    with zipfile.ZipFile(there / "refspec.zip", "w") as archive:
        for file in sorted(package.rglob("*.py")):
            archive.write(file, Path("refspec", file.relative_to(package)))
    for name in ("worker.js", "judge.py"):
        shutil.copy(HERE / "_browser" / name, there)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and its script."""
    app.add_directive("browser", Place)
    app.add_node(Browser, html=(_visit, None))
    app.add_js_file("browser.js", loading_method="defer")
    app.connect("build-finished", _copy)
    return {"version": refspec.__version__, "parallel_read_safe": True}
