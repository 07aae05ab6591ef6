"""How the commands write: the standard output, and progress beside it."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)

__all__ = ["console", "progress"]


def console() -> Console:
    """Write to the standard output, in colour where it is a terminal.

    A pipe has no width: what is written to one is never folded.
    """
    width = None if sys.stdout.isatty() else 200
    return Console(highlight=False, soft_wrap=True, width=width)


def progress() -> Progress:
    """Show how far a command is, on the standard error, while it runs."""
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), console=Console(stderr=True), transient=True,
    )  # fmt: skip
