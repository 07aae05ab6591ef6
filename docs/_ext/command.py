"""Commands that run when the site is built: ``{command}`` in a page.

Each line is a call of ``refspec``; the page shows it, and what it wrote.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import refspec

PROGRAM = [sys.executable, "-c", "from refspec.cli import main; main()"]


class Command(SphinxDirective):
    """Show commands and what they write."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Run the lines; one that fails fails the build."""
        said: list[str] = []
        for line in self.content:
            _, *arguments = shlex.split(line)
            done = subprocess.run(  # noqa: S603 -- the page's own lines
                [*PROGRAM, *arguments], check=False, capture_output=True,
                text=True, env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            )  # fmt: skip
            if done.returncode:
                raise self.error(f"{line}: {done.stderr}")
            lines = (line.rstrip() for line in done.stdout.splitlines())
            said += [f"$ {line}", *lines]
        text = "\n".join(said)
        return [nodes.literal_block(text, text, language="console")]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("command", Command)
    return {"version": refspec.__version__, "parallel_read_safe": True}
