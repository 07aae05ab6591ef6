"""Put a reader's conv2d to its laws, in the browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import refspec
from refspec import _checks, geometry
from refspec.laws import LAWS
from refspec.oracle import Implementation, check_law

EXAMPLES = 25
ALONE = [law for law in LAWS.values() if law.operations == ("conv2d",)]
ALONE.sort(key=lambda law: not law.decides)


def judge(source: str, tell: Callable[[str], None]) -> None:
    """Run the reader's lines, then one law after another."""
    space: dict[str, Any] = {}
    exec(compile(source, "conv2d.py", "exec"), space)  # noqa: S102 -- asked
    if not callable(space.get("conv2d")):
        raise TypeError("conv2d: expected a function of this name")
    conv2d = in_full(space["conv2d"])
    yours = Implementation("yours", {"conv2d": conv2d})
    for law in ALONE:
        finding = check_law(law, yours, examples=EXAMPLES)
        drawn = None
        if finding.verdict == "broken" and law.decides:
            drawn = _drawn(finding.case["p"], conv2d)
        told = {
            "law": law.sentence,
            "verdict": finding.verdict,
            "reason": finding.reason,
            "drawn": drawn,
            "all": len(ALONE),
        }
        tell(json.dumps(told))


def in_full(conv2d: Callable[..., Any]) -> Callable[..., Any]:
    """Give a reader's function all options in full, and fitting groups."""

    def called(
        x: Any, w: Any, b: Any = None, *, stride: Any = 1, padding: Any = 0,
        dilation: Any = 1, groups: int = 1,
    ) -> Any:  # fmt: skip
        x, w = np.asarray(x), np.asarray(w)
        _checks.groups(groups, x.shape[1], len(w))
        strides = _checks.pair("stride", stride, least=1)
        dilations = _checks.pair("dilation", dilation, least=1)
        sizes, kernel = x.shape[2:], w.shape[2:]
        frame = geometry.frame_of(padding, sizes, kernel, strides, dilations)
        return conv2d(
            x, w, b, stride=strides, padding=frame, dilation=dilations,
            groups=groups,
        )  # fmt: skip

    return called


def _drawn(problem: Any, conv2d: Callable[..., Any]) -> dict[str, Any]:
    """Give what a picture needs: one image, one filter, both answers."""
    expected = problem.on(refspec.conv2d)
    try:
        got = np.asarray(problem.on(conv2d))
    except Exception as error:  # noqa: BLE001 -- anything may be raised
        got, said = None, f"{type(error).__name__}: {error}"
    else:
        said = f"{got.shape}, {expected.shape}"
    same = got is not None and got.shape == expected.shape
    wrong = np.argwhere(got != expected) if same else []
    n, f, i, j = map(int, wrong[0]) if len(wrong) else (0, 0, -1, -1)
    depth = problem.w.shape[1]
    first = f // (len(problem.w) // problem.groups) * depth
    fits = got is not None and got.ndim == expected.ndim
    return {
        # a batch may be empty: then all there is to see is a shape
        "shapes": [str(problem.x.shape), str(expected.shape)],
        "image": _tables(problem.x[n : n + 1, first : first + depth]),
        "kernel": _tables(problem.w[f : f + 1]),
        "expected": _tables(expected[n : n + 1, f : f + 1]),
        "got": _tables(got[n : n + 1, f : f + 1]) if fits else [],
        "said": "" if same else said,
        "wrong": [i, j],
        "options": ", ".join(_options(problem, f)),
    }


def _options(problem: Any, f: int) -> Iterator[str]:
    """Give what the call is told beside image and kernel."""
    if problem.b is not None:
        yield f"b={problem.b[f]:.6g}"
    for name, value in problem.options.items():
        yield f"{name}={value}"


def _tables(arrays: Any) -> list[list[list[str]]]:
    """Write the maps of a batch of one, or of none."""
    maps = (table for array in arrays for table in array)
    return [[[f"{v:.6g}" for v in row] for row in table] for table in maps]
