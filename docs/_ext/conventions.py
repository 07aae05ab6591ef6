"""What libraries do where conventions differ: ``{conventions}`` in a page.

Nothing of it is known by heart. A convention is a tiny problem, and refspec
works out what each way to read it would answer; whatever is installed is run
on the problem, and its answer says which way is its own.
"""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, NamedTuple

import libraries
import numpy as np
from docutils import nodes
from libraries import (
    BATCH,
    BELOW_ZERO,
    EPS,
    FIVE,
    FOUR,
    INTEGERS,
    LIBRARIES,
    NONE,
    NOT_NUMBERS,
    ONE,
    THREE,
    THREE_WEIGHTS,
    TIED,
    TWO,
    TWO_WEIGHTS,
    ZERO,
    Call,
    Runs,
    row,
)
from spec import Phrase
from sphinx.application import Sphinx
from tables import Tables, table, text
from tables import row as row_of

import refspec
from refspec import (
    avg_pool2d,
    batch_norm,
    batch_statistics,
    conv2d,
    max_pool2d,
    max_pool2d_backward,
    relu_backward,
    running_statistics,
)

BEFORE = ((0, 0), (1, 0))
BEHIND = ((0, 0), (0, 1))
BOTH = (0, 1)


class Convention(NamedTuple):
    """What differs, and what each way would answer: refspec's own first."""

    title: str
    ways: Mapping[str, Any]


def _running(momentum: float) -> Any:
    return running_statistics(BATCH, NONE, ONE, momentum=momentum)


def _convolutions() -> dict[str, Convention]:
    two, three = TWO_WEIGHTS, THREE_WEIGHTS
    return {
        "turned": Convention(
            "The kernel of a convolution",
            {
                "as it is": conv2d(FIVE, two),
                "turned by 180 degrees": conv2d(FIVE, two[..., ::-1]),
            },
        ),
        "left over": Convention(
            "Cells at the end that the stride leaves over",
            {
                "not read": conv2d(FIVE, two, stride=2),
                "read": conv2d(FIVE, two, stride=2, padding=BEHIND),
            },
        ),
        "same": Convention(
            'The odd cell of "same" padding',
            {
                "at the end": conv2d(FOUR, two, padding="same"),
                "at the start": conv2d(FOUR, two, padding=BEFORE),
            },
        ),
        "same, stride": Convention(
            '"same" padding with a stride',
            {
                "what the windows need": conv2d(
                    FOUR, three, stride=2, padding="same"
                ),
                "as for stride 1": conv2d(
                    FOUR, three, stride=2, padding=BOTH
                ),
            },
        ),
    }  # fmt: skip


def _poolings() -> dict[str, Convention]:
    wide = {"stride": 1, "padding": BOTH}
    return {
        "ceil": Convention(
            "In ceil mode, a last window that would start in the padding",
            {
                "dropped": max_pool2d(
                    TWO, (1, 2), stride=3, padding=BOTH, ceil_mode=True
                ),
                "kept": row(1, -np.inf),
            },
        ),
        "ceil, mean": Convention(
            "In ceil mode, cells of a mean beyond the end",
            {
                "not counted": avg_pool2d(THREE, (1, 2), ceil_mode=True),
                "counted": avg_pool2d(THREE, (1, 2), padding=BEHIND),
            },
        ),
        "mean": Convention(
            "Padding in a mean, unless told otherwise",
            {
                "counted": avg_pool2d(THREE, (1, 3), **wide),
                "not counted": avg_pool2d(
                    THREE, (1, 3), count_include_pad=False, **wide
                ),
            },
        ),
        "max": Convention(
            "Padding under a maximum",
            {
                "never wins": max_pool2d(
                    BELOW_ZERO, 3, stride=1, padding=1
                ),
                "is 0": row(0, 0, 0),
            },
        ),
        "nan": Convention(
            "A maximum with a NaN among its cells",
            {
                "NaN": max_pool2d(NOT_NUMBERS, (1, 2)),
                "of the other cells": row(1, 2),
                "NaN if it comes first": row(np.nan, 2),
                "NaN if it comes last": row(1, np.nan),
            },
        ),
        "ties": Convention(
            "The gradient of a maximum that cells share",
            {
                "to the first": max_pool2d_backward(ONE + ZERO, TIED, (1, 3)),
                "to the last": row(0, 0, 1),
                "in equal shares": row(1, 1, 1) / 3,
                "to each in full": row(1, 1, 1),
            },
        ),
        "integers": Convention(
            "The mean of the integers 1 and 2",
            {"1.5": avg_pool2d(INTEGERS, (1, 2)), "1": row(1)},
        ),
    }  # fmt: skip


def _others() -> dict[str, Convention]:
    mean, variance = batch_statistics(BATCH)
    unbiased = _running(1)[1]
    return {
        "relu": Convention(
            "The slope of ReLU at 0",
            {
                "0": relu_backward(ONE + ZERO, ZERO),
                "1/2": ONE / 2,
                "1": ONE,
            },
        ),
        "batch": Convention(
            "The variance that normalizes a batch of m values",
            {
                "over m": batch_norm(BATCH, ONE, NONE, eps=EPS),
                "over m - 1": (BATCH - mean) / np.sqrt(unbiased + EPS),
            },
        ),
        "running": Convention(
            "The running variance",
            {"over m - 1": unbiased, "over m": variance},
        ),
        "momentum": Convention(
            "Momentum is the weight of",
            {
                "the new value": _running(0.25)[0],
                "the old value": _running(0.75)[0],
            },
        ),
    }  # fmt: skip


def named(got: Any, ways: Mapping[str, Any]) -> str:
    """Say which way an answer is; cells in another order are the same."""
    cells = np.ravel(got)
    for name, answer in ways.items():
        wanted = np.ravel(answer)
        if cells.shape == wanted.shape and np.allclose(
            cells, wanted, equal_nan=True
        ):
            return name
    return f"another way: {cells.tolist()}"


def answered(call: Call, ways: Mapping[str, Any]) -> str:
    """Run something on a problem, and say which way it answers."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            got = call()
    except (AttributeError, ImportError, NameError):
        raise  # the question is wrong
    except Exception:  # noqa: BLE001 -- each library has errors of its own
        return "refused"
    return named(got, ways)


def conventions() -> dict[str, Convention]:
    """Give every convention, under the name that `libraries` has for it."""
    return {**_convolutions(), **_poolings(), **_others()}


class Conventions(Tables):
    """Lay out who does what, a row for each convention."""

    def run(self) -> list[nodes.Node]:
        """Run everything that is installed."""
        for module in (libraries, sys.modules[__name__]):
            self.env.note_dependency(inspect.getsourcefile(module) or "")
        asked = [_asked(name) for name in LIBRARIES]
        heads = [self.head("Convention")]
        heads.append(text(f"refspec {refspec.__version__}"))
        heads += map(text, map(_titled, LIBRARIES))
        rows = []
        for key, (title, ways) in conventions().items():
            cells = [self.head(title), self.head(next(iter(ways)))]
            cells += [self._cell(runs, key, ways) for runs in asked]
            rows.append(row_of(cells))
        return [table(heads, rows, "conventions")]

    def _cell(
        self, runs: Runs | None, key: str, ways: Mapping[str, Any]
    ) -> nodes.Node:
        if runs is None:
            return self.words(nodes.paragraph, "not installed", "missing")
        if key not in runs:
            return self.words(nodes.paragraph, "has none", "missing")
        own = next(iter(ways))
        cell = nodes.container()
        for name, call in runs[key].items():
            way = answered(call, ways)
            line = nodes.paragraph("", "", nodes.literal(name, name))
            line += nodes.Text(": " if way == own else ": \N{NOT EQUAL TO} ")
            line += self.words(Phrase, way, *(["differs"] * (way != own)))
            cell += line
        return cell


def _asked(name: str) -> Runs | None:
    """Give what is to be run; of what is not installed, nothing."""
    package, ask = LIBRARIES[name]
    return ask() if find_spec(package) else None


def _titled(name: str) -> str:
    """Name a library, and its version."""
    package, _ = LIBRARIES[name]
    return f"{name} {version(package)}" if find_spec(package) else name


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.setup_extension("spec")
    app.setup_extension("tables")
    app.add_directive("conventions", Conventions)
    return {"version": refspec.__version__, "parallel_read_safe": True}
