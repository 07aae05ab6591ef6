"""Trials: what a candidate is asked, and in which numbers.

Geometry comes from the strategy of the law that decides an operation; here
its numbers are chosen:

- *narrow*: small integers, of which every partial sum is exact in the format
  under test, so that a right sum is equal;
- *wide*: one factor of -1, 0 and 1 with few that are not 0, the other of odd
  integers that fill the significand: exact in the format under test, and
  changed by any format that is narrower;
- *real*: floats of all magnitudes, far from 0 or about to underflow;
- *close*: numbers next to 1 and -1, of which sums cancel;
- *odd*: a NaN or an infinity here and there;
- *invalid*: a problem that is almost one. Any answer or refusal will do, but
  not a crash, nor two answers.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from hypothesis import Phase, given
from hypothesis import strategies as st

import refspec
from refspec._numbers import Array
from refspec.laws import LAWS
from refspec.laws.domain import (
    INT64,
    Domain,
    NoEdgeError,
    Numbers,
    Unsupported,
)
from refspec.laws.problems import Problem, python_of
from refspec.laws.scaled import SUMS
from refspec.oracle.child import LAYOUTS
from refspec.oracle.formats import (
    ARITHMETICS,
    Arithmetic,
    dtype_of,
    nearest,
)
from refspec.oracle.run import searching

__all__ = ["OPERATIONS", "Trial", "draw_trials", "trials"]

OPERATIONS = tuple(law.operations[0] for law in LAWS.values() if law.decides)
"""Every operation that a law decides, and so can be tried."""

NOT_FINITE = frozenset({
    "conv2d", "depthwise_conv2d", "pointwise_conv2d", "feature_map",
    "window_response", "dense", "max_pool2d", "min_pool2d", "avg_pool2d",
    "relu", "sigmoid", "tanh", "batch_norm", "batch_norm_inference",
    "softmax", "zero_pad", "flatten", "hwc_to_chw", "chw_to_hwc",
})  # fmt: skip
"""The operations whose docstring says what NaN and infinity give."""

PADDED = frozenset(
    {
        "conv2d",
        "depthwise_conv2d",
        "separable_conv2d",
        "windows",
        "max_pool2d",
        "min_pool2d",
        "avg_pool2d",
    }
)
"""The operations that take ``padding="same"``."""

CHOOSING = frozenset({
    "relu", "max_pool2d", "min_pool2d", "zero_pad", "unpad", "windows",
    "flatten", "unflatten", "hwc_to_chw", "chw_to_hwc", "dilate_kernel",
})  # fmt: skip
"""The operations whose answers are numbers that were given."""

BIG = {
    **{name: answers[0] for name, answers in SUMS.items()},
    "conv2d_backward": ("dy", "x"),
    "dense_backward": ("dy", "x"),
    "avg_pool2d": ("x",),
    "avg_pool2d_backward": ("dy",),
}
"""The factors of which one is filled and the others select."""


@dataclass(frozen=True, eq=False)
class Trial:
    """One problem, the numbers it is in, and where they lie in memory."""

    problem: Problem
    kind: str = "narrow"
    layout: str = "contiguous"
    turn: tuple[int, int] | None = field(default=None, repr=False)
    kept: dict[Any, Any] = field(default_factory=dict, repr=False, init=False)
    """What has been computed of it."""

    @property
    def valid(self) -> bool:
        """Say whether the definition has an answer."""
        return self.kind != "invalid"

    @property
    def size(self) -> int:
        """Count the numbers of the problem."""
        arrays = vars(self.problem).values()
        return sum(a.size for a in arrays if isinstance(a, np.ndarray))

    @property
    def python(self) -> str:
        """Write the trial as Python."""
        parts = [python_of(self.problem), repr(self.kind)]
        if self.layout != "contiguous":
            parts.append(f"layout={self.layout!r}")
        return f"Trial({', '.join(parts)})"


# Numbers.


def _arrays(p: Problem) -> dict[str, Array]:
    """Give the arrays of floats; labels are none."""
    return {
        name: value
        for name, value in vars(p).items()
        if isinstance(value, np.ndarray) and name != "labels"
    }


def _largest_sum(operation: str, p: Problem) -> float:
    """Bound every partial sum: the sum of the products' magnitudes."""
    if operation not in SUMS and operation not in BIG:
        return max(float(abs(a).max(initial=0)) for a in _arrays(p).values())
    sizes = p.but(**{n: abs(a.astype(float)) for n, a in _arrays(p).items()})
    answers = sizes.answers(getattr(refspec, operation))
    return max(float(np.max(a, initial=0)) for a in answers)


def _thin(array: Array, rng: np.random.Generator) -> Array:
    """Set half of the numbers to 0."""
    return np.where(rng.random(array.shape) < 0.5, array, 0)


def _narrow(
    operation: str, p: Problem, arithmetic: Arithmetic,
    rng: np.random.Generator,
) -> Problem:  # fmt: skip
    """Thin small integers out until every partial sum is exact."""
    digits = min(arithmetic.sums.digits, arithmetic.answers.digits)
    name = next(iter(_arrays(p)))
    while operation in SUMS and _largest_sum(operation, p) > 2**digits:
        p = p.but(**{name: _thin(vars(p)[name], rng)})
    return p


def _wide(
    operation: str, p: Problem, arithmetic: Arithmetic,
    rng: np.random.Generator,
) -> Problem:  # fmt: skip
    """Fill one factor's significands, and let the others select."""
    digits = min(arithmetic.sums.digits, arithmetic.answers.digits)
    factors = BIG[operation]
    big = factors[int(rng.integers(len(factors)))]
    filled = [big]
    if big == "x" and "dy" in vars(p):  # dy w and dy x: two answers
        filled = ["x", "w"]
    arrays = _arrays(p)
    if "b" in arrays:
        p = p.but(b=np.zeros_like(arrays["b"]))
    for name, array in arrays.items():
        if name in filled:
            p = p.but(**{name: np.ones(array.shape)})
        elif name != "b":
            signs = rng.integers(-1, 2, array.shape)
            p = p.but(**{name: signs.astype(float)})
    thinned = [n for n in arrays if n not in filled and n != "b"]
    most = _largest_sum(operation, p)
    for _ in range(12):  # a sum of what is filled alone does not get less
        if most <= 4 or not thinned:
            break
        name = thinned[int(rng.integers(len(thinned)))]
        p = p.but(**{name: _thin(vars(p)[name], rng)})
        most = _largest_sum(operation, p)
    bits = max(2, digits - (int(max(1, np.ceil(most))) - 1).bit_length())
    for name in filled:
        shape = arrays[name].shape
        odd = rng.integers(2 ** (bits - 2), 2 ** (bits - 1), shape) * 2 + 1
        p = p.but(**{name: (odd * rng.choice([-1, 1], shape)).astype(float)})
    return p


def _close(arrays: Mapping[str, Array], arithmetic: Arithmetic,
           rng: np.random.Generator) -> dict[str, Array]:  # fmt: skip
    """Give numbers next to 1 and -1."""
    step = float(arithmetic.inputs.u) * 2
    return {
        name: (1 + rng.integers(0, 8, a.shape) * step)
        * rng.choice([-1, 1], a.shape)
        for name, a in arrays.items()
    }


def _odd(p: Problem, rng: np.random.Generator) -> Problem:
    """Put NaN and infinities among the data, and no 0 among the weights."""
    arrays = _arrays(p)
    first = next(iter(arrays))
    for name, array in arrays.items():
        if name == first:
            values = np.array([np.nan, np.inf, -np.inf])
            odd = values[rng.integers(0, 3, array.shape)]
            chance = rng.choice([0.05, 0.3, 1.0])
            here = rng.random(array.shape) < chance
            if array.size:
                here.flat[rng.integers(array.size)] = True
            p = p.but(**{name: np.where(here, odd, array)})
        elif name not in {"variance", "b"}:
            p = p.but(**{name: array + (array == 0)})
    return p


def _in_range(operation: str, p: Problem, arithmetic: Arithmetic) -> Problem:
    """Scale down what might overflow: a quarter of the range is kept free."""
    most = float(min(arithmetic.inputs.largest, arithmetic.answers.largest))
    largest = _largest_sum(operation, p)
    while largest > most / 4:
        p = p.but(**{n: a / 4 for n, a in _arrays(p).items()})
        largest = _largest_sum(operation, p)
    return p


def _dressed(draw: Any, operation: str, p: Problem, kind: str,
             arithmetic: Arithmetic) -> Problem:  # fmt: skip
    """Choose a problem's numbers, and bring them to the dtype."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    if kind == "narrow":
        p = _narrow(operation, p, arithmetic, rng)
    elif kind == "wide":
        p = _wide(operation, p, arithmetic, rng)
    elif kind == "close":
        p = p.but(**_close(_arrays(p), arithmetic, rng))
        p = p.but(**{n: abs(a) for n, a in _arrays(p).items()
                     if n == "variance"})  # fmt: skip
    elif kind == "odd":
        p = _odd(p, rng)
    elif kind == "real":
        least = arithmetic.inputs.least
        factor = draw(st.sampled_from([0, 0, 0, 0, 0, 0, least // 2, least]))
        if operation in CHOOSING and factor == least:
            factor = -least // 2  # as far from 0 as that is near
        if operation in SUMS or operation in CHOOSING:
            scale = 2.0 ** max(factor, -1000)
            p = p.but(**{n: a * scale for n, a in _arrays(p).items()})
    if kind != "odd":
        p = _in_range(operation, p, arithmetic)
    dtype = dtype_of(arithmetic.name)
    return p.but(
        **{
            name: nearest(array, arithmetic.inputs).astype(dtype)
            for name, array in _arrays(p).items()
        }
    )


# Options, as a caller may write them.


def _simplest(value: Any) -> Any:
    """Write a pair of equals as one; of uneven padding nothing is left out."""
    if not isinstance(value, tuple):
        return value
    parts = tuple(map(_simplest, value))
    if any(isinstance(part, tuple) for part in parts):
        return value
    return parts[0] if parts[0] == parts[1] else parts


WRITTEN = ("stride", "padding", "dilation", "kernel_size")


def _written(draw: Any, operation: str, p: Problem, domain: Domain) -> Problem:
    """Write options as pairs or as integers, and now and then "same"."""
    same = {"same", True} & domain.supports.get("padding", {True})
    same = same if "even_padding" not in domain.supports else set()
    if operation in PADDED and same and draw(st.integers(0, 5)) == 5:
        try:
            changed = p.but(padding="same")
            changed.on(getattr(refspec, operation))
        except ValueError:
            pass
        else:
            p = changed
    if "pool" in operation and p.stride == p.kernel_size:
        left = domain.supports.get("stride", {None})
        if None in left and draw(st.integers(0, 2)) == 2:
            p = p.but(stride=None)
    form = draw(st.integers(0, 3))
    if form == 0 and "even_padding" not in domain.supports:
        return p
    named = {n: v for n, v in vars(p).items() if n in WRITTEN}
    if form < 2:  # pairs, of padding as well where it is even
        named = {n: v for n, v in named.items() if n == "padding"}
        return p.but(**{n: _paired(v) for n, v in named.items()})
    return p.but(**{n: _simplest(v) for n, v in named.items()})


def _paired(padding: Any) -> Any:
    """Write padding that is even as one number for each axis."""
    simple = _simplest(padding)
    return (simple, simple) if isinstance(simple, int) else simple


# Almost problems.


def _wrong_rank(p: Problem, name: str) -> Problem:
    return p.but(**{name: vars(p)[name][0]})


INVALID: tuple[Callable[[Problem], Problem], ...] = (
    lambda p: p.but(stride=0),
    lambda p: p.but(dilation=0),
    lambda p: p.but(groups=p.groups + 1),
    lambda p: p.but(padding=-1),
    lambda p: p.but(w=p.w[:, :0]),
    lambda p: p.but(w=np.concatenate([p.w, p.w], axis=1)),
    lambda p: p.but(w=np.zeros((*p.w.shape[:2], 40, 40), p.w.dtype)),
    lambda p: p.but(b=np.zeros(len(p.w) + 1, p.w.dtype)),
    lambda p: p.but(x=p.x[..., :0]),
    lambda p: p.but(x=p.x[:, :0]),
    lambda p: _wrong_rank(p, "x"),
    lambda p: _wrong_rank(p, "w"),
    lambda p: _wrong_rank(p, "dy"),
    lambda p: p.but(dy=p.dy[..., :-1]),
    lambda p: p.but(kernel_size=(0, 1)),
    lambda p: p.but(kernel_size=(99, 99)),
    lambda p: p.but(padding=((9, 9), (9, 9)), kernel_size=(2, 2)),
    lambda p: p.but(gamma=p.gamma[:-1]),
    lambda p: p.but(labels=p.labels + 99),
)
"""What is wrong with each; many do not fit an operation."""


@st.composite
def _spoiled(draw: Any, operation: str, p: Problem) -> Problem | None:
    """Spoil a problem so that the definition refuses it."""
    for index in draw(st.permutations(range(len(INVALID)))):
        try:
            spoiled: Problem = INVALID[index](p)
            spoiled.on(getattr(refspec, operation))
        except (AttributeError, LookupError, TypeError):
            continue  # does not fit
        except ValueError:
            return spoiled
    return None


# Drawing.

FAR = {"float64": 2**26, "float32": 2**14, "float16": 32, "bfloat16": 8}
"""Means that hide the spread of small integers, and are exact."""

LATTICE = Numbers("lattice", "float64")
REAL = Numbers("real", "float64", real=True)

WEIGHTS = {"narrow": 8, "wide": 4, "real": 6, "close": 2, "odd": 2,
           "invalid": 1}  # fmt: skip
"""How often each kind is drawn."""


LAP = "real"
"""The kind in which edges are crossed most: neither exact nor thinned out."""

TURNS = {"real": 0, "narrow": 1, "wide": 4, "close": 8, "odd": 9}
"""Which edges a kind begins with: not those of the kinds before it."""


def kinds(
    operation: str, dtype: str, supports: Mapping[str, frozenset[Any]]
) -> dict[str, int]:
    """Give the kinds of numbers of an operation, and their weights."""
    left = dict(WEIGHTS)
    if operation not in BIG:
        left.pop("wide")
    if operation not in NOT_FINITE or False not in supports.get(
        "finite", {False}
    ):
        left.pop("odd")
    if dtype.startswith("int"):
        left = {"narrow": 8, "invalid": 1}
    chosen = supports.get("kind", set(left))
    return {kind: n for kind, n in left.items() if kind in chosen}


@st.composite
def trials(
    draw: Any,
    operation: str,
    kind: str,
    dtype: str,
    supports: Mapping[str, frozenset[Any]],
    edges: int = 10,
    turn: tuple[int, int] | None = None,
) -> Trial:
    """Draw a trial of an operation with a kind of numbers, in a dtype.

    With a `turn`, it crosses the edge whose turn it is.

    Raises
    ------
    Unsupported
        If nothing is left of what is supported.

    """
    law = LAWS[f"{operation}_equals_the_definition"]
    numbers = REAL if kind == "real" else LATTICE
    domain = Domain(
        numbers, supports, edges=edges, free=True, far=FAR.get(dtype, 32),
        turn=turn,
    )  # fmt: skip
    if dtype.startswith("int"):
        domain = dataclasses.replace(domain, numbers=INT64)
    p: Problem = draw(law.draws["p"](domain))
    if dtype.startswith("int"):
        limits = np.iinfo(dtype)
        p = p.but(
            **{
                name: a.clip(limits.min, limits.max).astype(dtype)
                for name, a in _arrays(p).items()
            }
        )
    else:
        p = _dressed(draw, operation, p, kind, ARITHMETICS[dtype])
    if kind == "invalid":
        spoiled = draw(_spoiled(operation, p))
        kind = kind if spoiled is not None else "narrow"
        p = p if spoiled is None else spoiled
    else:
        p = _written(draw, operation, p, domain)
    layouts = [
        "contiguous",
        *sorted(supports.get("layout", set(LAYOUTS)) & set(LAYOUTS)),
    ]
    return Trial(p, kind, draw(st.sampled_from(layouts)), turn)


@lru_cache(maxsize=128)
def draw_trials(
    operation: str,
    kind: str,
    dtype: str,
    supports: tuple[tuple[str, frozenset[Any]], ...] = (),
    edges: int = 10,
    *,
    examples: int,
    seed: int = 0,
) -> tuple[tuple[Trial, ...], str]:
    """Draw so many trials; and say what kept some from being drawn.

    Edges take turns, with two trials for each: a simple one, and another.
    Hypothesis varies what it drew before, and would cross a few edges often.
    """
    drawn: list[Trial] = []
    limit = ""

    def collect(
        how_many: int, chance: int = 0, turn: tuple[int, int] | None = None
    ) -> None:
        strategy = trials(operation, kind, dtype, dict(supports), chance, turn)
        shift = turn[0] if turn else 0

        @searching(seed + shift, how_many, Phase.generate)
        @given(st.data())
        def one(data: st.DataObject) -> None:
            nonlocal limit
            try:
                drawn.append(data.draw(strategy))
            except NoEdgeError:
                return
            except Unsupported as unsupported:
                limit = str(unsupported)

        one()

    turns = (1 + 2 * (kind == LAP)) * examples // edges if edges else 0
    turns = min(turns, examples // 2)
    first = turns * TURNS.get(kind, 0)
    with np.errstate(all="ignore"):  # NaN and infinity are meant
        for before in range(turns):
            collect(2, edges, (first + before, before))
            if len(drawn) < 2 * before + 1:
                break  # each edge had its turn
        if examples > len(drawn):
            collect(examples - len(drawn))
    small_first = sorted(drawn, key=lambda trial: trial.turn is not None)
    return tuple(small_first), limit
