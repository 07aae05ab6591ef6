"""Problems with their answers, in files, for those without Python.

A *vector* is a problem: arrays and options, what the definition answers, and
what each cell of an answer may be off by. The same content has two forms: an
``.npz`` of arrays, and a JSON file that `SCHEMA` describes.
"""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Context, Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import refspec
from refspec import geometry
from refspec._numbers import Array
from refspec.laws.definitions import exact_answer
from refspec.laws.problems import Problem
from refspec.oracle.checking import EXAMPLES as CHECKED
from refspec.oracle.formats import ARITHMETICS, dtype_of, nearest
from refspec.oracle.judging import Exact, as_exact, bounds_of, truth
from refspec.oracle.trials import (
    OPERATIONS,
    Trial,
    draw_trials,
    kinds,
)
from refspec.oracle.variants import Variant, variants_of

__all__ = [
    "EXAMPLES",
    "FORMS",
    "SCHEMA",
    "Output",
    "Vector",
    "Vectors",
    "differs",
    "make",
    "npz_of",
    "text_of",
    "write",
]

EXAMPLES = 100
"""How many problems are written, unless told otherwise."""

FORMS = ("npz", "json")

SCHEMA = Path(__file__).with_name("vectors.schema.json")
"""The JSON Schema of the JSON form."""

SUPPORTS: Mapping[str, frozenset[Any]] = {"layout": frozenset()}
"""A file has no strides: every array is contiguous."""


@dataclass(frozen=True, eq=False)
class Output:
    """One answer.

    Attributes
    ----------
    name : str
    expected : array
        The true value, rounded once to the dtype.
    exact : array
        The true value, rounded once to float64; of integers, themselves.
    bound : array
        How far a right answer may be from `exact`, as float64.

    """

    name: str
    expected: Array
    exact: Array
    bound: Array


@dataclass(frozen=True, eq=False)
class Vector:
    """A problem, its answers, and the variants that it tells."""

    trial: Trial
    outputs: tuple[Output, ...] = ()
    traps: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Vectors:
    """The vectors of an operation in a dtype, and how they were drawn."""

    operation: str
    dtype: str
    examples: int
    seed: int
    vectors: tuple[Vector, ...]

    def missed(self) -> list[str]:
        """Name the variants that no vector tells from the definition."""
        caught = {name for v in self.vectors for name in v.traps}
        names = [v.name for v in variants_of(self.operation)]
        return [name for name in names if name not in caught]


# Making them.


def make(
    operation: str,
    *,
    dtype: str = "float32",
    examples: int = EXAMPLES,
    seed: int = 0,
) -> Vectors:
    """Draw problems of an operation, and answer them.

    Where some variant is caught by none of them, more problems are looked
    at, and those that catch it are added.

    Raises
    ------
    ValueError
        If the operation or the dtype is unknown, or they do not go together.
    ImportError
        If the dtype is bfloat16, and ml_dtypes is not installed.

    """
    if operation not in OPERATIONS:
        raise ValueError(
            f"operation: expected one of {', '.join(OPERATIONS)}, found "
            f"{operation!r}"
        )
    dtype_of(dtype)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        drawn = _drawn(operation, dtype, examples, seed)
        found = [_vector(operation, dtype, trial) for trial in drawn]
        made = Vectors(operation, dtype, examples, seed, tuple(found))
        if made.missed():
            found += _more(made)
    return Vectors(operation, dtype, examples, seed, tuple(found))


def _drawn(
    operation: str, dtype: str, examples: int, seed: int, *, all_: bool = True
) -> list[Trial]:
    """Draw problems of each kind of numbers, by weight."""
    weights = kinds(operation, dtype, SUPPORTS)
    if not all_:
        weights.pop("invalid", None)
    whole = sum(weights.values())
    shares = {k: max(1, examples * n // whole) for k, n in weights.items()}
    shares["narrow"] += max(0, examples - sum(shares.values()))
    drawn: list[Trial] = []
    for kind, share in shares.items():
        found, _ = draw_trials(
            operation, kind, dtype, tuple(SUPPORTS.items()), examples=share,
            seed=seed,
        )  # fmt: skip
        drawn += found[:share]
    return drawn


def _more(made: Vectors) -> list[Vector]:
    """Look for a problem for each variant that is not caught."""
    operation, dtype = made.operation, made.dtype
    missing = [v for v in variants_of(operation) if v.name in made.missed()]
    more = []
    drawn = _drawn(operation, dtype, CHECKED, made.seed + 1, all_=False)
    for trial in (other for one in drawn for other in _both(operation, one)):
        if not any(_may_differ(operation, trial, v) for v in missing):
            continue
        vector = _vector(operation, dtype, trial)
        if any(v.name in vector.traps for v in missing):
            more.append(vector)
            missing = [v for v in missing if v.name not in vector.traps]
        if not missing:
            break
    return more


def _both(operation: str, trial: Trial) -> Iterator[Trial]:
    """Give a trial, and the same with padding "same" where that has one."""
    yield trial
    if {"padding", "x"} <= set(vars(trial.problem)):
        same = trial.problem.but(padding="same")
        if _called(getattr(refspec, operation), same) is not None:
            yield replace(trial, problem=same)


def _may_differ(operation: str, trial: Trial, variant: Variant) -> bool:
    """Look whether an answer is another one, before it is known how far."""
    if not trial.valid:
        return False
    mine = _called(variant.of(operation), trial.problem)
    right = _called(getattr(refspec, operation), trial.problem)
    return (
        mine is None
        or right is None
        or len(mine) != len(right)
        or not all(map(_equal, mine, right))
    )


def _equal(a: Array, b: Array) -> bool:
    wide = a.astype(np.float64), b.astype(np.float64)
    return np.array_equal(*wide, equal_nan=True)


def _vector(operation: str, dtype: str, trial: Trial) -> Vector:
    if not trial.valid:
        return Vector(trial)
    problem = trial.problem
    if getattr(problem, "stride", 0) is None:  # a vector says all options
        problem = problem.but(stride=problem.kernel_size)
        trial = replace(trial, problem=problem)
    outputs = _outputs(operation, dtype, problem)
    traps = [
        v.name
        for v in variants_of(operation)
        if differs(v.of(operation), problem, outputs)
    ]
    return Vector(trial, outputs, tuple(traps))


NAMES: Mapping[str, tuple[str, ...]] = {
    "conv2d_backward": ("dx", "dw", "db"),
    "dense_backward": ("dx", "dw", "db"),
    "batch_statistics": ("mean", "variance"),
    "running_statistics": ("mean", "variance"),
    "batch_norm_backward": ("dx", "dgamma", "dbeta"),
    "fold_batch_norm": ("w", "b"),
}
"""What the answers are called, where there are several."""


def _outputs(
    operation: str, dtype: str, problem: Problem
) -> tuple[Output, ...]:
    integer = dtype.startswith("int")
    arithmetic = ARITHMETICS["float64" if integer else dtype]
    exact = truth(operation, problem)
    if exact[0].high.dtype.kind == "f" and integer:  # rounded: know better
        answer = exact_answer(operation, problem)
        answer = answer if isinstance(answer, tuple) else (answer,)
        exact = tuple(as_exact(np.asarray(part)) for part in answer)
    allowed = bounds_of(operation, problem, exact, arithmetic)
    made = []
    names = NAMES.get(operation, ("y",))
    parts = map(_with_one_nan, exact)
    for which, (name, part) in enumerate(zip(names, parts, strict=True)):
        off = np.zeros(part.high.shape)
        if allowed is not None:
            off = _upwards(allowed[which], part)
        if part.high.dtype.kind in "iub":
            expected = part.high
        else:
            rounded = nearest(_to_odd(part), arithmetic.answers)
            expected = rounded.astype(dtype_of(arithmetic.name))
        made.append(Output(name, expected, part.high, off))
    return tuple(made)


def _with_one_nan(part: Exact) -> Exact:
    """Make all NaN the same bits: their sign says nothing."""
    if part.high.dtype.kind != "f":
        return part
    return Exact(np.where(np.isnan(part.high), np.nan, part.high), part.low)


def _to_odd(part: Exact) -> Array:
    """Round exact numbers to odd, so that they can be rounded again.

    What is cut off is kept in the last bit; a narrower format has two digits
    less, and no tie is seen where there is none.
    """
    high = np.asarray(part.high, dtype=np.float64)
    inward = np.asarray(np.nextafter(high, 0))
    cut = np.where(np.sign(part.low) * np.sign(high) < 0, inward, high)
    odd = (np.asarray(cut).view(np.int64) | 1).view(np.float64)
    inexact = (part.low != 0) & (high != 0) & np.isfinite(high)
    return np.where(inexact, odd, high)


SHORT = Context(prec=6, rounding=ROUND_CEILING)


def _upwards(bound: Array, part: Exact) -> Array:
    """Add what the float64 is off, and round up to six digits."""
    wide = np.broadcast_to(bound, part.high.shape)
    wide = np.where(wide > 0, (wide + abs(part.low)) * (1 + 2.0**-40), 0)
    values, places = np.unique(wide, return_inverse=True)
    short = [
        float(SHORT.create_decimal(Decimal(v))) if np.isfinite(v) else v
        for v in values.tolist()
    ]
    return np.array(short)[places].reshape(wide.shape)


def differs(
    operation: Callable[..., Any],
    problem: Problem,
    outputs: Iterable[Output],
) -> bool:
    """Say whether a function's answers are other ones, or refused.

    It is what a reader of a vector does: numbers are compared with `exact`
    as float64.
    """
    answers = _called(operation, problem)
    outputs = tuple(outputs)
    if answers is None or len(answers) != len(outputs):
        return True
    return not all(
        _is_within(mine, output)
        for mine, output in zip(answers, outputs, strict=True)
    )


def _called(
    operation: Callable[..., Any], problem: Problem
) -> tuple[Array, ...] | None:
    """Call a function on copies of the arrays; None where it refuses."""
    copies = {
        name: value.copy()
        for name, value in vars(problem).items()
        if isinstance(value, np.ndarray)
    }
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            answer = problem.but(**copies).on(operation)
        except Exception:  # noqa: BLE001 -- it has no answer here
            return None
    parts = answer if isinstance(answer, tuple) else (answer,)
    return tuple(map(np.asarray, parts))


def _is_within(mine: Array, output: Output) -> bool:
    if mine.shape != output.exact.shape:
        return False
    got = mine.astype(np.float64)
    exact = output.exact.astype(np.float64)
    with np.errstate(all="ignore"):
        near = abs(got - exact) <= output.bound
    near |= (got == exact) | np.isinf(output.bound)
    near |= np.isnan(got) & np.isnan(exact)
    return bool(near.all())


# What is said once.

KINDS = {
    "narrow": "Small integers, or such over a power of two: in the dtype "
    "every partial sum is exact.",
    "wide": "Odd integers that fill the significand, and factors of -1, 0 "
    "and 1: changed by any format that is narrower.",
    "real": "Floats of all magnitudes, some far from 0 or about to underflow.",
    "close": "Numbers next to 1 and -1, of which sums cancel.",
    "odd": "A NaN or an infinity here and there.",
    "invalid": "Almost a problem: any answer or refusal will do, but no "
    "crash. Nothing is expected.",
}

CONVOLUTIONS = (
    "conv2d", "depthwise_conv2d", "separable_conv2d", "conv_transpose2d",
    "conv2d_backward", "feature_map", "window_response",
)  # fmt: skip
POOLINGS = ("max_pool2d", "min_pool2d", "avg_pool2d")
BACK = tuple(f"{name}_backward" for name in POOLINGS)
SLIDING = (
    *CONVOLUTIONS[:3], "conv2d_backward", "windows", *POOLINGS, *BACK,
)  # fmt: skip
NORMS = ("batch_norm", "batch_norm_backward")
ROOTED = (*NORMS, "batch_norm_inference", "fold_batch_norm")

CONVENTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("order", "data is in row order, the last axis side by side", OPERATIONS),
    (
        "layout",
        "images are NCHW: (N, C, H, W); H are rows, from the top",
        (*SLIDING, "pointwise_conv2d", "conv_transpose2d", "flatten"),
    ),
    (
        "filters",
        "(F, C / groups, KH, KW); groups are consecutive",
        ("conv2d", "conv2d_backward"),
    ),
    (
        "kernel",
        "cross-correlation: the kernel is not turned",
        CONVOLUTIONS,
    ),
    (
        "sizes",
        (
            "floor((W + P0 + P1 - K_eff) / S) + 1, with K_eff = K + (K - 1)"
            "(D - 1); cells left over at the end are not read"
        ),
        SLIDING,
    ),
    (
        "ceil_mode",
        (
            "rounds the size up: a last window may overhang the end, but is "
            "dropped if it would start past the input and the padding "
            "before it"
        ),
        (*POOLINGS, *BACK),
    ),
    (
        "padding",
        "((top, bottom), (left, right)), of zeros",
        (*CONVOLUTIONS[:5], "windows", "zero_pad", "avg_pool2d"),
    ),
    (
        "padding",
        (
            "((top, bottom), (left, right)); it never wins, as if it were "
            "minus infinity"
        ),
        ("max_pool2d", "max_pool2d_backward"),
    ),
    (
        "padding",
        (
            "((top, bottom), (left, right)); it never wins, as if it were "
            "plus infinity"
        ),
        ("min_pool2d", "min_pool2d_backward"),
    ),
    (
        "same",
        (
            "ceil(W / S) windows; an odd cell stands at the end (SAME_UPPER); "
            "here it is spelled out as numbers"
        ),
        (*CONVOLUTIONS[:3], "windows", *POOLINGS),
    ),
    (
        "mean",
        (
            "with count_include_pad the padding is counted, without it pixels "
            "only; the overhang of ceil_mode is never counted"
        ),
        ("avg_pool2d", "avg_pool2d_backward"),
    ),
    (
        "tie",
        "the first of equals in row order gets the whole gradient",
        ("max_pool2d_backward", "min_pool2d_backward"),
    ),
    (
        "nan",
        "a window with a NaN gives NaN",
        ("max_pool2d", "min_pool2d", "avg_pool2d"),
    ),
    ("nan", "a NaN stays NaN", ("relu", "sigmoid", "tanh")),
    ("relu_at_zero", "the gradient is 0", ("relu_backward",)),
    (
        "variance",
        "biased: the mean of the squares, over m",
        ("batch_statistics", *NORMS),
    ),
    (
        "variance",
        "the running variance is the unbiased one, over m - 1",
        ("running_statistics",),
    ),
    (
        "momentum",
        "weighs the new value: (1 - momentum) old + momentum new",
        ("running_statistics",),
    ),
    ("eps", "is added to the variance, under the root", ROOTED),
    ("axis", "over the classes, the last axis", ("softmax",)),
    (
        "loss",
        "the mean over the examples, of natural logarithms",
        ("cross_entropy", "cross_entropy_backward"),
    ),
)
"""What is agreed on: a name, what holds, and for which operations."""

COMPARED = (
    "got is right if it has the shape and each cell is equal to exact (or, "
    "where there is no exact, to expected), or both are NaN, or the bound is "
    "Infinity, or |got - exact| <= bound in float64; a trap gives an answer "
    "that is not, or none"
)


def header(made: Vectors) -> dict[str, Any]:
    """Give what is said once of all vectors."""
    operation, dtype = made.operation, made.dtype
    counts = {
        v.name: sum(v.name in one.traps for one in made.vectors)
        for v in variants_of(operation)
    }
    summary = (getattr(refspec, operation).__doc__ or "").split("\n")[0]
    used = {v.trial.kind for v in made.vectors}
    return {
        "version": 1,
        "operation": operation,
        "summary": summary,
        "dtype": dtype,
        "seed": made.seed,
        "examples": made.examples,
        "made_with": {
            "refspec": refspec.__version__,
            "numpy": np.__version__,
            "hypothesis": version("hypothesis"),
        },
        "compare": COMPARED,
        "conventions": {
            name: sentence
            for name, sentence, operations in CONVENTIONS
            if operation in operations
        },
        "kinds": {k: text for k, text in KINDS.items() if k in used},
        "traps": {
            v.name: {
                "kind": v.kind,
                "sentence": v.sentence,
                "vectors": counts[v.name],
            }
            for v in variants_of(operation)
        },
        "not_caught": made.missed(),
    }


PAIRS = ("kernel_size", "stride", "dilation", "input_size")


def _options(problem: Problem) -> dict[str, Any]:
    """Spell the options out: always pairs, and padding as four numbers."""
    said = {
        name: value
        for name, value in vars(problem).items()
        if not isinstance(value, np.ndarray) and name != "b"
    }
    if "stride" in said and said["stride"] is None:
        said["stride"] = said["kernel_size"]
    if said.get("padding") == "valid":
        said["padding"] = 0
    for name in PAIRS:
        if name in said:
            said[name] = _pair(said[name])
    if said.get("padding") == "same":
        said["padding"] = _frame(problem, said)
    if "padding" in said:
        said["padding"] = [_pair(side) for side in _pair(said["padding"])]
    return {name: _plain(value) for name, value in said.items()}


def _frame(problem: Problem, said: Mapping[str, Any]) -> Any:
    """Spell "same" out."""
    named = vars(problem)
    filters: Any = named.get("depthwise", named.get("w"))
    kernel = said.get("kernel_size") or np.shape(filters)[-2:]
    return geometry.frame_of(
        "same", problem.x.shape[-2:], tuple(kernel), tuple(said["stride"]),
        tuple(said["dilation"]),
    )  # fmt: skip


def _pair(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (tuple, list)) else [value] * 2


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, (bool, int, str)) or value is None:
        return value
    return int(value) if isinstance(value, np.integer) else float(value)


def _inputs(problem: Problem) -> dict[str, Array | None]:
    """Give the arrays, in order; a bias may be none."""
    return {
        name: value
        for name, value in vars(problem).items()
        if isinstance(value, np.ndarray) or name == "b"
    }


def _same(problem: Problem) -> bool:
    return bool(getattr(problem, "padding", None) == "same")


def _has_more_digits(output: Output) -> bool:
    return not _equal(output.expected, output.exact)


# JSON.


def text_of(made: Vectors) -> str:
    """Write vectors as JSON, one a line."""
    head = {"$schema": SCHEMA.name, **header(made)}
    top = json.dumps(head, indent=1, ensure_ascii=False, allow_nan=False)
    lines = [
        json.dumps(
            _record(index, one), ensure_ascii=False, allow_nan=False,
            separators=(",", ":"),
        )
        for index, one in enumerate(made.vectors)
    ]  # fmt: skip
    inside = ",\n  ".join(lines)
    return f'{top[:-2]},\n "vectors": [\n  {inside}\n ]\n}}\n'


def _record(index: int, one: Vector) -> dict[str, Any]:
    problem = one.trial.problem
    return {
        "id": f"{index:03}",
        "kind": one.trial.kind,
        "valid": one.trial.valid,
        "inputs": {
            name: None if value is None else _listed(value)
            for name, value in _inputs(problem).items()
        },
        "options": _options(problem),
        **({"same": True} if _same(problem) else {}),
        "expected": [
            {
                "name": output.name,
                **_listed(output.expected),
                **(
                    {"exact": _numbers_of(output.exact)}
                    if _has_more_digits(output)
                    else {}
                ),
                "bound": _numbers_of(output.bound),
            }
            for output in one.outputs
        ],
        "traps": list(one.traps),
    }


def _listed(array: Array) -> dict[str, Any]:
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "data": _numbers_of(array),
    }


def _numbers_of(array: Array) -> list[Any]:
    if array.dtype.kind in "iub":
        return [int(v) for v in array.ravel().tolist()]
    return [_number(v) for v in array.astype(np.float64).ravel().tolist()]


def _number(value: float) -> float | int | str:
    """Write whole numbers short, and name what is no number of JSON."""
    if value != value:  # noqa: PLR0124 -- NaN
        return "NaN"
    if abs(value) == np.inf:
        return "Infinity" if value > 0 else "-Infinity"
    whole = value == int(value) and abs(value) < 2**53
    return int(value) if whole and str(value) != "-0.0" else value


# NumPy's archive: a ZIP of .npy files, with a date that is always the same.

DATE = (1980, 1, 1, 0, 0, 0)


def npz_of(made: Vectors) -> bytes:
    """Write vectors as the bytes of an ``.npz``."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, array in _arrays(made).items():
            item = zipfile.ZipInfo(f"{name}.npy", DATE)
            item.compress_type = zipfile.ZIP_DEFLATED
            content = io.BytesIO()
            np.lib.format.write_array(
                content, np.asarray(array, order="C"), allow_pickle=False
            )
            archive.writestr(item, content.getvalue())
    return written.getvalue()


def _arrays(made: Vectors) -> dict[str, Array]:
    """Give all arrays by name; ``meta`` has what is no array."""
    found: dict[str, Array] = {}
    about = []
    for index, one in enumerate(made.vectors):
        record = _record(index, one)
        at = record["id"]
        for name, value in _inputs(one.trial.problem).items():
            if value is not None:
                found[f"{at}/{name}"] = _storable(value)
        for output in one.outputs:
            end = "" if len(one.outputs) == 1 else f".{output.name}"
            found[f"{at}/expected{end}"] = _storable(output.expected)
            if _has_more_digits(output):
                found[f"{at}/exact{end}"] = output.exact
            found[f"{at}/bound{end}"] = output.bound
        about.append(_without_data(record))
    head = {
        **header(made),
        "bfloat16": "stored as uint16, its bits",
        "vectors": about,
    }
    text = json.dumps(head, ensure_ascii=False, allow_nan=False)
    return {"meta": np.array(text), **found}


def _storable(array: Array) -> Array:
    is_narrow = array.dtype.name == "bfloat16"
    return array.view(np.uint16) if is_narrow else array


def _without_data(record: dict[str, Any]) -> dict[str, Any]:
    """Keep of an array its dtype and shape only."""

    def form(described: dict[str, Any]) -> dict[str, Any]:
        left = ("data", "exact", "bound")
        return {k: v for k, v in described.items() if k not in left}

    return {
        **record,
        "inputs": {
            name: None if value is None else form(value)
            for name, value in record["inputs"].items()
        },
        "expected": [form(output) for output in record["expected"]],
    }


def write(
    made: Vectors, folder: Path, forms: Iterable[str] = FORMS
) -> list[Path]:
    """Write vectors into a folder; the schema goes with the JSON.

    Raises
    ------
    OSError
        If the folder cannot be written to.

    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{made.operation}-{made.dtype}"
    files: dict[str, bytes] = {}
    if "npz" in forms:
        files[f"{stem}.npz"] = npz_of(made)
    if "json" in forms:
        files[f"{stem}.json"] = text_of(made).encode()
        files[SCHEMA.name] = SCHEMA.read_bytes()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]
