"""Count false alarms: right implementations on very many problems.

``nox -s alarms -- --problems 100000 conv2d max_pool2d`` puts the definition
in floats, and every right but different implementation of `right.py`, to so
many problems of each operation in all. Each is checked as anybody's is, on a
seed and a dtype of its own; then the problems of that check are put to it
again and again with their cells in other places, until there are enough.
Nothing may disagree.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from right import RIGHT

import refspec
from refspec.oracle import OPERATIONS, check
from refspec.oracle.candidates import Direct
from refspec.oracle.checking import _rules, _Run
from refspec.oracle.explaining import Tried
from refspec.oracle.formats import ARITHMETICS
from refspec.oracle.trials import Trial

DRAWN = 800
"""Problems that a check draws."""

TRANSFORMS = ("fft", "Fourier", "FFT", "Winograd", "half of x")
"""Right within the norm-wise bound only: each is declared where tested."""


def shuffled(problem: Any, rng: np.random.Generator) -> Any:
    """Put the cells of every array elsewhere: of the whole, or of a plane."""

    def elsewhere(array: Any) -> Any:
        if array.ndim < 3 or not array.size or rng.random() < 0.5:
            return rng.permuted(array)
        planes = array.reshape(*array.shape[:-2], -1)
        return rng.permuted(planes, axis=-1).reshape(array.shape)

    return problem.mapped(elsewhere)


def again(operation, function, dtype, seed, times):
    """Put a function to shuffled problems; give how many, and what fails."""
    rules, _ = _rules(operation, dtype, {}, ())
    candidate = Direct(function)
    run = _Run(rules, candidate, {}, 10, DRAWN, seed, ())
    rng = np.random.default_rng(seed)
    drawn = [trial for trial in run.draw()[0] if trial.valid]
    count, largest, failed = 0, 0.0, []
    for _ in range(times):
        for one in drawn:
            trial = Trial(shuffled(one.problem, rng), one.kind, one.layout)
            answer = candidate.call(trial.problem, trial.layout, None)
            if answer.kind == "raised":
                continue  # a limit, which the check has judged
            tried = Tried(rules, trial, answer)
            count, largest = count + 1, max(largest, tried.share)
            if tried.fault is not None:
                failed.append(f"{tried.fault}\n{trial.python}")
    return count, largest, failed


def right_ones(operation):
    """Give the definition, and what is as right, by name."""
    ones = {"the definition": getattr(refspec, operation)}
    return ones | {
        name: function
        for name, function in RIGHT.get(operation, {}).items()
        if not any(word in name for word in TRANSFORMS)
    }


def count(operation, dtypes, problems, seed):
    """Put all right ones to so many problems, and report."""
    ones = right_ones(operation)
    pairs = [(name, dtype) for name in ones for dtype in dtypes]
    share = problems / len(pairs)
    tried, largest, alarms, started = 0, 0.0, [], time.monotonic()
    for name, dtype in cycle(pairs):
        if tried >= problems:
            break
        report = check(
            operation, ones[name], dtype=dtype, examples=DRAWN, seed=seed,
            isolate=False,
        )  # fmt: skip
        answered = sum(n for k, n in report.counts.items() if k != "refused")
        left = min(share, problems - tried) - answered
        times = max(0, int(np.ceil(left / max(answered, 1))))
        more, most, failed = again(operation, ones[name], dtype, seed, times)
        tried += answered + more
        largest = max(largest, report.share, most)
        failed += [] if report.ok else [str(report)]
        alarms += [{"name": name, "dtype": dtype, "seed": seed, "what": what}
                   for what in failed]  # fmt: skip
        seed += 1
    return {
        "operation": operation, "problems": tried, "alarms": alarms,
        "implementations": list(ones), "dtypes": dtypes,
        "largest_share": round(largest, 3),
        "seconds": round(time.monotonic() - started),
    }  # fmt: skip


def main():
    """Read the command line, and write a report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("operations", nargs="*", default=OPERATIONS)
    parser.add_argument("--problems", type=int, default=100_000)
    parser.add_argument("--dtypes", default=",".join(ARITHMETICS))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    found = []
    for operation in asked.operations:
        with np.errstate(all="ignore"):
            one = count(
                operation, asked.dtypes.split(","), asked.problems, asked.seed
            )
        found.append(one)
        print(f"{operation}: {one['problems']} problems, "
              f"{len(one['alarms'])} alarms, at most "
              f"{one['largest_share']} of a bound, {one['seconds']} s",
              flush=True)  # fmt: skip
        for alarm in one["alarms"]:
            print(alarm)
        if asked.out:
            text = json.dumps(found, indent=1)
            asked.out.write_text(f"{text}\n", encoding="utf-8")
    if any(one["alarms"] for one in found):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
