"""Check a convolution that is too large to be computed cell by cell.

A convolution is linear in its images and in its filters. For any numbers r
and s, the sum of r_n s_f y[n, f] over images and filters is the convolution
of one image, the sum of r_n x[n], with one filter, the sum of s_f w[f] over
the filters of each group: all of a large answer is held to a small problem
(Freivalds, 1977, does so with a product of matrices).

On a lattice, integers of which every sum is exact, the two are equal. A
single wrong cell is always seen, since no r or s is 0; of several at one
place, r and s cancel the errors with a chance of at most 2 in the number of
values that r and s may have (Schwartz and Zippel), each time anew. Elsewhere
r and s are 1 or -1, and a place is off by no more than all its cells are:
that finds gross errors, and cells drawn at random are held to their own
bounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

import refspec
from refspec import _checks
from refspec._numbers import Array
from refspec.geometry import effective_kernel_size, frame_of
from refspec.laws.problems import Problem
from refspec.oracle.bounds import TRANSFORMS, UP, gamma
from refspec.oracle.formats import (
    ARITHMETICS,
    FORMATS,
    Arithmetic,
    dtype_of,
    lower,
)
from refspec.oracle.judging import Fault, bounds_of, compare, truth
from refspec.oracle.verdicts import Explanation, Report

__all__ = ["check_large", "large_problem"]

OPERATIONS = ("conv2d", "depthwise_conv2d")
EXACT = 53
"""Digits of float64, in which everything is added up here."""

Window = tuple[int, int]


def large_problem(
    x_shape: tuple[int, int, int, int],
    w_shape: tuple[int, int, int, int],
    *,
    dtype: str = "float32",
    real: bool = False,
    seed: int = 0,
    **options: Any,
) -> Problem:
    """Draw a problem on the lattice, or on real numbers.

    Integers of the lattice are thinned out until every sum is exact in the
    dtype.
    """
    rng = np.random.default_rng(seed)
    if real:
        x, w = rng.standard_normal(x_shape), rng.standard_normal(w_shape)
        b = rng.standard_normal(len(w))
    else:
        x, w = rng.integers(-2, 3, x_shape), rng.integers(-2, 3, w_shape)
        b = rng.integers(-4, 5, len(w))
        arithmetic = ARITHMETICS[dtype]
        while _most(x, w, b) > 2 ** _digits(arithmetic):
            w = np.where(rng.random(w_shape) < 0.5, w, 0)
    form = dtype_of(dtype)
    return Problem(
        x=x.astype(form), w=w.astype(form), b=b.astype(form),
        **{"stride": 1, "padding": 0, "dilation": 1, "groups": 1, **options},
    )  # fmt: skip


def _most(x: Array, w: Array, b: Array | None) -> float:
    """Bound every partial sum of an answer."""
    sizes = abs(w.astype(float)).reshape(len(w), -1).sum(axis=1)
    extra = 0 if b is None else abs(b.astype(float))
    return float(np.max(abs(x.astype(float)).max(initial=0) * sizes + extra))


def _digits(arithmetic: Arithmetic) -> int:
    return min(f.digits for f in arithmetic[1:])


def check_large(
    operation: str,
    function: Callable[..., Any],
    problem: Problem,
    *,
    cells: int = 200,
    projections: int = 8,
    seed: int = 0,
    declares: Mapping[str, Any] | None = None,
) -> Report:
    """Put one large convolution to the definition.

    Parameters
    ----------
    operation : str
        ``"conv2d"`` or ``"depthwise_conv2d"``.
    function : function
        Of NumPy's arrays; `implementations.taking` makes one of others.
    problem : Problem
        See `large_problem`.
    cells : int
        How many cells are computed from their own windows.
    projections : int
        How often the whole answer is added up, with other weights.
    seed : int
    declares : mapping, optional
        A ``transform`` or a ``precision``, as of `check`.

    Raises
    ------
    ValueError
        If the operation is another, or a declaration unknown.

    """
    if operation not in OPERATIONS:
        raise ValueError(
            f"operation: expected one of {', '.join(OPERATIONS)}, found "
            f"{operation!r}"
        )
    started = time.perf_counter()
    large = _Large(problem, operation, dict(declares or {}))
    report = Report(
        operation, getattr(function, "__name__", "candidate"),
        problem.x.dtype.name, "agrees", seed=seed,
        counts={"projections": projections, "cells": cells},
        notes=(large.told,),
    )  # fmt: skip
    try:
        answer = problem.on(function)
    except Exception as error:  # noqa: BLE001 -- anything may be raised
        said = f"raised {type(error).__name__}: {error}"
        return replace(report, verdict="refuses", reason=said)
    fault, share = large.judge(answer, projections, cells, seed)
    reason = "the answer is the definition's"
    if fault is not None:
        reason = str(fault)
        for name in TRANSFORMS:
            other = _Large(problem, operation, {"transform": name})
            if other.judge(answer, projections, cells, seed)[0] is None:
                sentence = f"inside the norm-wise bound of {name} only"
                known = Explanation("transform", name, sentence)
                report = replace(report, explanations=(known,))
                break
    return replace(
        report, verdict="agrees" if fault is None else "disagrees",
        reason=reason, share=share, seconds=time.perf_counter() - started,
    )  # fmt: skip


class _Large:
    """A problem, and what its answer may be off."""

    def __init__(
        self, problem: Problem, operation: str, declares: dict[str, Any]
    ) -> None:
        self.x, self.w = (a.astype(float) for a in (problem.x, problem.w))
        self.b = None if problem.b is None else problem.b.astype(float)
        self.dtype = problem.x.dtype
        channels = problem.x.shape[1]
        of_depth = operation == "depthwise_conv2d"
        self.groups = channels if of_depth else problem.groups
        self.kernel = self.w.shape[2:]
        self.stride = _checks.pair("stride", problem.stride, least=1)
        self.dilation = _checks.pair("dilation", problem.dilation, least=1)
        frame = frame_of(
            problem.padding, self.x.shape[2:], self.kernel, self.stride,
            self.dilation,
        )  # fmt: skip
        self.padded = refspec.zero_pad(self.x, padding=frame)
        self.transform = str(declares.pop("transform", ""))
        self.arithmetic = ARITHMETICS[self.dtype.name]
        if "precision" in declares:
            rungs = {r.name: r for r in lower(self.dtype.name)}
            self.arithmetic = rungs[declares.pop("precision")]
        if declares or self.transform not in {"", *TRANSFORMS}:
            raise ValueError(
                f"declares: expected a transform or a precision, found "
                f"{declares or self.transform!r}"
            )

    @cached_property
    def exact(self) -> bool:
        """Say whether every sum is exact, so that answers are equal."""
        arrays = [a for a in (self.x, self.w, self.b) if a is not None]
        return (
            not self.transform
            and all((a == np.rint(a)).all() for a in arrays)
            and _most(self.x, self.w, self.b) <= 2 ** _digits(self.arithmetic)
        )

    @property
    def told(self) -> str:
        """Say how answers are compared."""
        return "exactly equal" if self.exact else "within bounds"

    def judge(
        self, answer: Any, projections: int, cells: int, seed: int
    ) -> tuple[Fault | None, float]:
        """Find a fault, and the share of its bound that a cell uses."""
        y = np.asarray(answer)
        shape = self._shape()
        if y.shape != shape:
            return Fault(f"shape {y.shape}, expected {shape}"), np.inf
        rng = np.random.default_rng(seed)
        for _ in range(projections):
            place = self._projected(y, rng)
            if place is not None:
                fault, share = self._at(y, place)
                weak = "a projection differs, and no cell beyond its bound"
                return fault or Fault(f"{weak}, at {place}"), share
        return self._sampled(y, cells, rng)

    def _shape(self) -> tuple[int, ...]:
        """Give the sizes of the answer."""
        ones = np.zeros((1, 1, *self.padded.shape[2:]))
        row = self._convolved(ones, np.zeros((1, 1, *self.kernel)))
        return len(self.x), len(self.w), *row.shape

    def _convolved(self, image: Array, filters: Array) -> Array:
        """Convolve a padded image with one filter."""
        y: Array = refspec.conv2d(
            image, filters, stride=self.stride, dilation=self.dilation
        )
        return np.asarray(y[0, 0])

    # All cells, added up.

    def _projected(self, y: Array, rng: np.random.Generator) -> Window | None:
        """Add the answer up with random weights, and find a wrong place."""
        most = 1
        total = max(1.0, _most(self.x, self.w, self.b)) * y.shape[0]
        if self.exact:
            room = EXACT - int(np.log2(total * y.shape[1])) - 1
            most = 2 ** max(0, min(8, room // 2))
        r, s = (
            rng.integers(1, most + 1, n) * rng.choice([-1.0, 1.0], n)
            for n in y.shape[:2]
        )
        with np.errstate(invalid="ignore", over="ignore"):
            got = np.einsum("n,nfhw->fhw", r, y.astype(float))
            got = np.einsum("f,fhw->hw", s, got)
            off = abs(got - self._sum(self.padded, self.w, self.b, r, s))
        allowed = 0.0 if self.exact else self._allowed(y)
        wrong = np.argwhere(~(off <= allowed))
        return (int(wrong[0][0]), int(wrong[0][1])) if len(wrong) else None

    def _sum(
        self, x: Array, w: Array, b: Array | None, r: Array, s: Array
    ) -> Array:
        """Convolve one image with one filter, of all groups' channels."""
        image = np.tensordot(r, x, 1)[None]
        parts = (s[:, None, None, None] * w).reshape(
            self.groups, -1, *w.shape[1:]
        )
        filters = parts.sum(axis=1).reshape(1, -1, *self.kernel)
        found = self._convolved(image, filters)
        return found if b is None else found + float(r.sum() * (s @ b))

    def _allowed(self, y: Array) -> Array:
        """Add up what the cells of each place may be off."""
        a = self.arithmetic
        n = self.w[0].size + 1
        own = FORMATS[self.dtype.name]
        read = 2 * float(a.inputs.u) if a.inputs.digits < own.digits else 0
        share = (1 + read) ** 2 * (1 + float(gamma(n, a.sums.u)))
        if a.answers != a.sums:
            share *= 1 + float(a.answers.u)
        # sums here are of float64
        ours = float(gamma(n + y.shape[0] + y.shape[1] + 2, FORMATS[
            "float64"
        ].u))  # fmt: skip
        ones = [np.ones(k) for k in y.shape[:2]]
        b = None if self.b is None else abs(self.b)
        sizes = self._sum(abs(self.padded), abs(self.w), b, *ones)
        flushed = 4 * n * y.shape[0] * y.shape[1] * float(a.sums.tiny)
        allowed = (share - 1 + 2 * ours) * sizes + flushed
        return np.asarray(allowed * UP + self._norms.sum())

    @cached_property
    def _norms(self) -> Array:
        """Bound what a transform leaves on the cells of each map."""
        if not self.transform:
            return np.zeros((len(self.x), len(self.w)))
        share = TRANSFORMS[self.transform](
            Problem(x=self.x, w=self.w), float(self.arithmetic.sums.u)
        )
        x, w = (abs(a).sum(axis=(2, 3)) for a in (self.x, self.w))
        x = x.reshape(len(x), self.groups, -1)
        w = w.reshape(self.groups, -1, w.shape[1])
        sizes = np.einsum("ngc,gfc->ngf", x, w)
        return np.asarray(share * UP * sizes.reshape(len(x), -1))

    # Some cells, from their windows.

    def _window(self, place: Window) -> Array:
        """Cut out what the cells of a place read."""
        rows, columns = (
            slice(at * s, at * s + effective_kernel_size(k, d))
            for at, s, k, d in zip(
                place, self.stride, self.kernel, self.dilation, strict=True
            )
        )
        return self.padded[..., rows, columns]

    def _at(self, y: Array, place: Window) -> tuple[Fault | None, float]:
        """Find the cell of a place that is wrong by most."""
        b = None if self.b is None else abs(self.b)
        of = {"dilation": self.dilation, "groups": self.groups}
        window = self._window(place)
        exact = refspec.conv2d(window, self.w, self.b, **of)[..., 0, 0]
        sizes = refspec.conv2d(abs(window), abs(self.w), b, **of)[..., 0, 0]
        with np.errstate(all="ignore"):
            off = abs(y[..., *place].astype(float) - exact) / (sizes + 1e-300)
        worst = np.argmax(np.where(np.isnan(off), np.inf, off))
        n, f = np.unravel_index(worst, off.shape)
        return self._cell(y, (int(n), int(f), *place))

    def _sampled(
        self, y: Array, cells: int, rng: np.random.Generator
    ) -> tuple[Fault | None, float]:
        """Compute cells drawn at random, one in four of them on an edge."""
        most = 0.0
        for _ in range(cells if y.size else 0):
            at: Array = np.array([rng.integers(n) for n in y.shape])
            edge = rng.integers(0, 2, 4) * (np.array(y.shape) - 1)
            at[2:] = np.where(rng.random(2) < 0.13, edge[2:], at[2:])
            fault, share = self._cell(y, tuple(map(int, at)))
            most = max(most, share)
            if fault is not None:
                return fault, share
        return None, most

    def _cell(
        self, y: Array, at: tuple[int, ...]
    ) -> tuple[Fault | None, float]:
        """Hold one cell to the exact sum over its own window."""
        n, f, *place = at
        each = self.w.shape[1]
        first = f // (len(self.w) // self.groups) * each
        window = self._window((place[0], place[1]))
        b = None if self.b is None else self.b[f : f + 1]
        arrays = {
            "x": window[n : n + 1, first : first + each],
            "w": self.w[f : f + 1],
            "b": b,
        }
        one = Problem(
            **{k: a if a is None else a.astype(self.dtype)
               for k, a in arrays.items()},
            stride=1, padding=0, dilation=self.dilation, groups=1,
        )  # fmt: skip
        exact = truth("conv2d", one)
        allowed = None
        if not self.exact:
            found = bounds_of("conv2d", one, exact, self.arithmetic)
            assert found is not None  # noqa: S101 -- these are floats
            allowed = tuple(bound + self._norms[n, f] for bound in found)
        got = np.asarray(y[at]).reshape(1, 1, 1, 1)
        fault, share = compare((got,), exact, allowed, self.dtype)
        if fault is not None and fault.index:
            fault = replace(fault, index=at)
        return fault, share
