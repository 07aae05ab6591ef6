"""The same run, in several processes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import Any

from refspec.laws import Law
from refspec.oracle.implementations import Implementation, load
from refspec.oracle.run import Finding, check_law, check_laws

__all__ = ["check_in_parallel"]

_load = cache(load)


def check_in_parallel(
    implementations: Sequence[Implementation],
    laws: Sequence[Law],
    *,
    examples: int,
    seed: int,
    jobs: int,
) -> Iterator[Finding]:
    """Put implementations that come with refspec to laws, in `jobs` processes.

    The findings are those of `check_laws`, in the same order. Every process
    starts anew: a fork of one that has computed with PyTorch may hang.
    """
    pairs = [(law, i) for law in laws for i in implementations]
    jobs = min(jobs, -(-len(pairs) // FEW))
    if jobs == 1:
        yield from check_laws(
            implementations, laws, examples=examples, seed=seed
        )
        return
    work = [(law.name, i.name, examples, seed) for law, i in pairs]
    with ProcessPoolExecutor(jobs, get_context("spawn"), _alone) as pool:
        found = pool.map(_check, work, chunksize=4)
        for (law, implementation), fields in zip(pairs, found, strict=True):
            yield Finding(law, implementation, **fields)


def _alone() -> None:
    """Keep each process to one core: the problems are small."""
    os.environ["OMP_NUM_THREADS"] = "1"


FEW = 60
"""How many findings a process should make to be worth its start."""


def _check(work: tuple[str, str, int, int]) -> dict[str, Any]:
    """Put one implementation to one law, both by name."""
    law, name, examples, seed = work
    finding = check_law(law, _load(name), examples=examples, seed=seed)
    return {
        name: value
        for name, value in vars(finding).items()
        if name not in {"law", "implementation"}
    }
