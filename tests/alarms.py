"""Count false alarms: right implementations on very many problems.

``nox -s alarms -- --problems 100000 conv2d max_pool2d`` puts the definition
in floats, and every right but different implementation of `right.py`, to so
many problems of each operation, a seed a batch, and reports what disagreed
and how much of a bound was used. Nothing may disagree.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from right import RIGHT

import refspec
from refspec.oracle import OPERATIONS, check

BATCH = 1000
TRANSFORMS = ("fft", "Fourier", "FFT", "Winograd", "half of x")


def count(operation: str, dtype: str, problems: int, first: int) -> dict:
    """Put all right ones to so many problems, and report."""
    ones = {"the definition": getattr(refspec, operation)}
    ones |= {
        name: function
        for name, function in RIGHT.get(operation, {}).items()
        if not any(word in name for word in TRANSFORMS)
    }
    tried, largest, alarms, started = 0, 0.0, [], time.monotonic()
    seed = first
    while tried < problems:
        for name, function in ones.items():
            report = check(
                operation, function, dtype=dtype, examples=BATCH, seed=seed,
                isolate=False,
            )  # fmt: skip
            largest = max(largest, report.share)
            if not report.ok:
                alarms.append({"name": name, "seed": seed,
                               "report": str(report)})  # fmt: skip
        tried += sum(n for k, n in report.counts.items() if k != "refused")
        seed += 1
    return {
        "operation": operation, "dtype": dtype, "problems": tried,
        "implementations": list(ones), "largest_share": round(largest, 3),
        "alarms": alarms, "seconds": round(time.monotonic() - started),
    }  # fmt: skip


def main() -> None:
    """Read the command line, and write a report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("operations", nargs="*", default=OPERATIONS)
    parser.add_argument("--problems", type=int, default=100_000)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    found = []
    for operation in asked.operations:
        one = count(operation, asked.dtype, asked.problems, asked.seed)
        found.append(one)
        print(f"{operation} {asked.dtype}: {one['problems']} problems, "
              f"{len(one['alarms'])} alarms, at most "
              f"{one['largest_share']} of a bound, {one['seconds']} s",
              flush=True)  # fmt: skip
        for alarm in one["alarms"]:
            print(alarm["report"])
        if asked.out:
            text = json.dumps(found, indent=1)
            asked.out.write_text(f"{text}\n", encoding="utf-8")
    if any(one["alarms"] for one in found):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
