"""How tight the bounds are: a million cells and more, against exact answers.

``nox -s tightness`` computes each operation in each format, as a kernel
would (float16 and bfloat16 with sums in float32), on floats of all
magnitudes and on numbers whose sums cancel, and writes how much of its bound
a cell uses. No cell may use more than all of it.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from pathlib import Path

import numpy as np

import refspec
from refspec.oracle.formats import ARITHMETICS, dtype_of
from refspec.oracle.judging import _shares, bounds_of, truth
from refspec.oracle.trials import draw_trials

OPERATIONS = (
    "conv2d", "conv2d_backward", "conv_transpose2d", "dense",
    "dense_backward", "avg_pool2d", "avg_pool2d_backward", "batch_norm",
    "batch_norm_inference", "batch_norm_backward", "batch_statistics",
    "running_statistics",
)  # fmt: skip
ROUND = 200

LARGER = {
    **dict.fromkeys(("dense", "dense_backward"), (
        ("batch", frozenset({17, 33})),
        ("channels", frozenset({33, 65})),
        ("filters", frozenset({33, 64})),
    )),
    **dict.fromkeys(("batch_statistics", "running_statistics"), (
        ("batch", frozenset({3, 5})),
        ("channels", frozenset({129, 257})),
    )),
}  # fmt: skip
"""Sizes where an answer has few cells: a million of them is many problems."""


def kernel(operation, problem, dtype):
    """Compute in the format's sums, and round the answer."""
    sums = ARITHMETICS[dtype].sums.name
    wide = problem.mapped(lambda array: array.astype(sums))
    answers = wide.answers(getattr(refspec, operation))
    return [answer.astype(dtype_of(dtype)) for answer in answers]


def measure(operation, dtype, cells):
    """Count cells, and how much of their bounds they use."""
    shares, seed, started = [], 0, time.monotonic()
    counted = 0
    while counted < cells:
        for kind in ("real", "close"):
            drawn, _ = draw_trials(
                operation, kind, dtype, LARGER.get(operation, ()), 1,
                examples=ROUND, seed=seed,
            )  # fmt: skip
            for trial in drawn:
                p = trial.problem
                exact = truth(operation, p)
                bounds = bounds_of(operation, p, exact, ARITHMETICS[dtype])
                for mine, part, bound in zip(
                    kernel(operation, p, dtype), exact, bounds, strict=True
                ):
                    share = _shares(mine, part, bound)
                    shares.append(share[np.isfinite(bound)].ravel())
                    counted += shares[-1].size
        seed += 1
    every = np.concatenate(shares)
    return {
        "operation": operation, "dtype": dtype, "cells": int(every.size),
        "largest": float(every.max()),
        "median": float(np.median(every[every > 0])),
        "seconds": round(time.monotonic() - started),
    }  # fmt: skip


def main():
    """Read the command line, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("operations", nargs="*", default=OPERATIONS)
    parser.add_argument("--cells", type=int, default=1_000_000)
    parser.add_argument("--dtypes", default=",".join(ARITHMETICS))
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    found = []
    warnings.simplefilter("ignore")
    for operation in asked.operations:
        for dtype in asked.dtypes.split(","):
            with np.errstate(all="ignore"):
                found.append(measure(operation, dtype, asked.cells))
            print(found[-1], flush=True)
            if asked.out:
                text = json.dumps(found, indent=1)
                asked.out.write_text(f"{text}\n", encoding="utf-8")
    if any(one["largest"] > 1 for one in found):
        raise SystemExit("a bound does not hold")


if __name__ == "__main__":
    main()
