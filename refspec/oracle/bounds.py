"""How far a right answer in floats may be from the exact one.

The only module with constants, and each of them is derived where it stands
from the formats and the shape. The notation is that of Higham, *Accuracy and
Stability of Numerical Algorithms*, 2nd ed. (2002): u is the unit roundoff,
half the distance from 1 to the next float, and

    gamma_n = n u / (1 - n u)

bounds the relative error that n roundings leave behind (lemma 3.1), whatever
their order: a sum by rows, by columns, in pairs or with fused operations.
Where n u >= 1 no such bound exists, and it is infinite: nothing can be said.

A number that underflows is off by at most the least normal number, where a
kernel flushes what is smaller to zero, before or after it computes. Data is
drawn so that nothing overflows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

import refspec
from refspec import _checks
from refspec._numbers import Array
from refspec.laws.problems import Problem
from refspec.laws.scaled import SUMS
from refspec.oracle.formats import (
    ARITHMETICS,
    FORMATS,
    Arithmetic,
    Format,
)

__all__ = ["allowed", "gamma", "normwise", "rounded", "rounds", "sums"]

Bounds = tuple[Array, ...]

UP = 1 + 2.0**-30
"""What is computed in float64, from 2^20 terms or less, is off by less."""


class Floats(NamedTuple):
    """What a bound needs to know of the format that is computed in."""

    u: Fraction
    tiny: Fraction
    one_pass: bool = False  # the variance as E[x^2] - E[x]^2

    def gamma(self, n: int) -> Fraction | float:
        """Bound the relative error of n roundings."""
        return gamma(n, self.u)


def gamma(n: int, u: Fraction) -> Fraction | float:
    """Bound the relative error of n roundings (Higham, lemma 3.1)."""
    return n * u / (1 - n * u) if n * u < 1 else math.inf


def _gammas(n: Array, u: Fraction) -> Array:
    """Bound the relative errors of n roundings, for many n."""
    share = np.asarray(n, dtype=float) * float(u)
    with np.errstate(divide="ignore"):
        return np.where(share < 1, share / np.maximum(1 - share, 0), np.inf)


def arithmetic_of(dtype: str) -> Arithmetic:
    """Give the arithmetic of a dtype; integers have float64 means."""
    return ARITHMETICS["float64" if dtype.startswith("int") else dtype]


def allowed(
    operation: str,
    problem: Problem,
    arithmetic: Arithmetic,
    *,
    one_pass: bool = False,
    definition: Callable[..., Any] | None = None,
) -> Bounds | None:
    """Bound every cell of an answer; None where it must be equal.

    With `one_pass`, a variance may be E[x^2] - E[x]^2; of sums of products
    another `definition` may be bounded. The rounding of the answer itself is
    left to `rounded` where its format is narrower than that of the sums.

    Parameters
    ----------
    operation : str
        A public name; a selection (max, min, ReLU) rounds nothing.
    problem : Problem
        With float arrays, taken as exact.
    arithmetic : Arithmetic
        In which the answer was computed.

    """
    if operation in _SUMS:
        with np.errstate(over="ignore", invalid="ignore"):
            definition = definition or getattr(refspec, operation)
            return _sum_of_products(operation, problem, arithmetic, definition)
    bound = _BOUNDS.get(operation)
    if bound is None:
        return None
    within = min(arithmetic.sums, arithmetic.inputs, key=_digits)
    own = arithmetic_of(_dtype(problem)).inputs
    if _digits(own) <= _digits(within):  # exact when they are read
        within = arithmetic.sums
    wide = problem.mapped(_widened)
    floats = Floats(within.u, within.tiny, one_pass)
    return bound(wide, floats)


def _widened(array: Array) -> Array:
    return array if array.dtype == object else array.astype(np.float64)


def _digits(form: Format) -> int:
    return form.digits


def rounded(bound: Array, exact: Array, arithmetic: Arithmetic) -> Array:
    """Add the rounding of an answer to a narrower format.

    What rounds to the answers' format is off by u of it, or is flushed.
    """
    answers = arithmetic.answers
    if answers == arithmetic.sums:
        return bound
    near = abs(exact) + bound
    return np.asarray((bound + float(answers.u) * near) * UP) + float(
        answers.tiny
    )


def sums(operation: str) -> bool:
    """Say whether an operation adds products, and divides at most once."""
    return operation in _SUMS


def rounds(operation: str) -> bool:
    """Say whether an operation rounds; a selection does not."""
    return operation in _SUMS or operation in _BOUNDS


def _dtype(problem: Problem) -> str:
    """Give the number type of a problem's arrays."""
    arrays = (v for v in vars(problem).values() if hasattr(v, "dtype"))
    return str(next(arrays).dtype)


def _changed(
    problem: Problem, change: Callable[[Array], Array], but: str = ""
) -> Problem:
    """Change all arrays of a problem but one, as float64."""
    return problem.but(
        **{
            name: value.astype(np.float64)
            if name == but
            else change(value.astype(np.float64))
            for name, value in vars(problem).items()
            if isinstance(value, np.ndarray)
        }
    )


def _magnitudes(problem: Problem) -> Problem:
    """Take the exact problem, of absolute values."""
    return Problem(
        **{
            name: abs(value) if isinstance(value, np.ndarray) else value
            for name, value in vars(problem.exactly()).items()
        }
    )


# Sums of products (Higham, section 3.1): n products are each rounded, and
# added in n - 1 steps, so that a cell is off by gamma_n times the sum of the
# products' magnitudes. A bias is one term more; a factor that is itself
# rounded, or a division at the end, one rounding more.


def _kernel(p: Problem) -> int:
    rows, columns = _checks.pair("kernel_size", p.kernel_size, least=1)
    return rows * columns


_SUMS: Mapping[str, Callable[[Problem], int]] = {
    "window_response": lambda _: 0,
    "feature_map": lambda _: 0,
    "simple_cell": lambda p: p.w.size,
    "conv2d": lambda _: 0,
    "depthwise_conv2d": lambda _: 0,
    "pointwise_conv2d": lambda _: 0,
    # the answers of the first step carry their roundings into the second
    "separable_conv2d": lambda p: (
        p.depthwise[0].size + p.pointwise[0].size + 1
    ),
    "conv_transpose2d": lambda _: 0,
    "conv2d_backward": lambda _: 0,
    "dense": lambda _: 0,
    "dense_backward": lambda _: 0,
    # a rounded 1/m and a product are two roundings, a quotient is one
    "avg_pool2d": lambda p: _kernel(p) + 2,
    "avg_pool2d_backward": lambda p: _kernel(p) + 2,
    # a pixel adds up the gradients of the windows that chose it, or shares
    "max_pool2d_backward": lambda p: _kernel(p) + 1,
    "min_pool2d_backward": lambda p: _kernel(p) + 1,
    # three weights, rounded, their products and sums, and a division
    "to_grayscale": lambda _: 6,
}
"""The roundings along the longest sum; 0 where each cell's are counted."""


_CHOOSES = {
    "max_pool2d_backward": "x",
    "min_pool2d_backward": "x",
}
"""Arrays that decide who is chosen: they stay as they are."""


def _sum_of_products(
    operation: str,
    p: Problem,
    arithmetic: Arithmetic,
    definition: Callable[..., Any],
) -> Bounds:
    """Bound sums of products of inputs that may be rounded when read.

    Two factors that are each off by r make a product off by (1 + r)^2 - 1;
    r is 2 u, whether an input is rounded or cut off. A product or a partial
    sum that is flushed adds what it was.
    """
    sizes_of = _changed(p, np.abs, _CHOOSES.get(operation, ""))
    sizes = sizes_of.answers(definition)
    longest = _SUMS[operation](p)
    if longest:
        counts = tuple(np.full(size.shape, float(longest)) for size in sizes)
    else:  # the non-zero products of each cell
        counts = _changed(sizes_of, _ones).answers(definition)
    inputs, sums = arithmetic.inputs, arithmetic.sums
    own = FORMATS.get(_dtype(p), FORMATS["float64"])
    r = 2 * float(inputs.u) if inputs.digits < own.digits else 0.0
    bounds = []
    for which, (size, n) in enumerate(zip(sizes, counts, strict=True)):
        factors = _factors(operation, sizes_of, which)
        share = (1 + r) ** len(factors) * (1 + _gammas(n, sums.u)) - 1
        flushed = 2 * n * float(sums.tiny)
        for name in (*factors, "b"):
            flushed = flushed + _lost(
                definition, sizes_of, name, which, inputs
            )
        if operation == "separable_conv2d":
            share, lost = _stored(share, sizes_of, arithmetic)
            flushed = flushed + lost
        bound = _times(share, size) + _times(1 + share, flushed)
        bounds.append(np.where(np.isnan(bound), np.inf, bound * UP))
    return tuple(bounds)


def _stored(
    share: Array, sizes: Problem, arithmetic: Arithmetic
) -> tuple[Array, Any]:
    """Let the maps between two steps be kept in the answers' format.

    Two convolutions in a row answer twice: each map is off by u of it more,
    or flushed, and a flushed map takes away what its weight makes of it.
    """
    answers = arithmetic.answers
    if answers.digits >= arithmetic.sums.digits:
        return share, 0.0
    weights = sizes.pointwise.sum(axis=1)[:, None, None]
    lost = weights * float(answers.tiny)
    return (1 + share) * (1 + float(answers.u)) - 1, lost


def _times(share: Array, size: Array) -> Array:
    """Multiply; an infinite share of nothing is nothing."""
    return np.asarray(np.where(size > 0, share, 0) * size)


def _ones(array: Array) -> Array:
    return np.asarray(array != 0).astype(float)


def _factors(operation: str, p: Problem, which: int) -> tuple[str, ...]:
    """Name the arrays that are multiplied in an answer."""
    if operation in SUMS:
        return SUMS[operation][which]
    arrays = [n for n, v in vars(p).items() if isinstance(v, np.ndarray)]
    return ("dy",) if "dy" in arrays else tuple(arrays)


def _lost(
    definition: Callable[..., Any],
    sizes: Problem,
    name: str,
    which: int,
    inputs: Format,
) -> Any:
    """Add up what one array's flushed or overflowing inputs take away."""
    values = vars(sizes).get(name)
    if not isinstance(values, np.ndarray):
        return 0.0
    flushed = np.where(values < float(inputs.tiny), values, 0)
    part = np.where(values > float(inputs.largest), np.inf, flushed)
    if not part.any():
        return 0.0
    if name == "b":
        return part[:, None, None] if sizes.x.ndim == 4 else part
    alone = {"b": None} if "b" in vars(sizes) else {}
    answers = sizes.but(**{name: part}, **alone).answers(definition)
    return answers[which]


# Transforms. A fast Fourier transform of M numbers leaves a relative error
# of L eta in the 2-norm, L = log2 M, eta = u + gamma_4 (sqrt 2 + u) < 7 u
# (Higham, theorem 24.2). A convolution takes three, and by Young's inequality
# each cell is off by (3 * 7 u L + 4 u) |x|_2 |w|_1; other lengths than powers
# of two are reached by three transforms of at most four times the length
# (Bluestein), hence 3 and + 2. Winograd's F(4x4, 3x3) forms its answer from
# A^T (G w G^T * B^T x B) A: by the row sums of the magnitudes of its matrices
# a rounding is amplified by at most (2 * 10/6 + 2 * 8 * 6/6 + 10)^2 < 861, and
# a cell takes part in 24 of them.

AMPLIFIED = 861 * 24


def _fft(p: Problem, u: float) -> float:
    maps = [
        v.shape
        for v in vars(p).values()
        if isinstance(v, np.ndarray) and v.ndim == 4
    ]
    area = math.prod(sum(shape[i] for shape in maps) for i in (2, 3))
    longest = 16 * max(area, 1)  # padding and dilation may double each axis
    return (63 * (math.log2(4 * longest) + 2) + 4) * u


def _winograd(_: Problem, u: float) -> float:
    return AMPLIFIED * u


TRANSFORMS = {"fft": _fft, "winograd": _winograd}
"""What a kernel may declare, and the share of |x|_2 |w|_1 it may be off."""


def normwise(
    operation: str, problem: Problem, arithmetic: Arithmetic, transform: str
) -> Bounds | None:
    """Bound an answer as a whole, for kernels that transform.

    A cell is off by a share of the norms of all that was transformed with
    it. None where the operation has no such kernels.
    """
    if operation not in NORMS:
        return None
    own = allowed(operation, problem, arithmetic)
    assert own is not None  # noqa: S101 -- all of them are sums
    if "b" in vars(problem):  # it is not transformed
        problem = problem.but(b=None)
    share = TRANSFORMS[transform](problem, float(arithmetic.sums.u))
    norms = _changed(problem, _norm).but(stride=1, padding=0, dilation=1)
    if "input_size" in vars(problem):
        norms = norms.but(input_size=1)
    return tuple(
        bound + share * np.asarray(size) * UP
        for bound, size in zip(
            own, norms.answers(getattr(refspec, operation)), strict=True
        )
    )


def _norm(maps: Array) -> Array:
    """Give the 1-norm of each map, which is not below its 2-norm."""
    if maps.ndim != 4:  # a bias
        return maps
    return np.asarray(abs(maps).sum(axis=(2, 3), keepdims=True))


NORMS = frozenset(
    {"conv2d", "depthwise_conv2d", "conv_transpose2d", "conv2d_backward"}
)
"""The operations that kernels compute by transforms."""


def _complex_cell(p: Problem, floats: Floats) -> Bounds:
    """Bound an energy: two sums of n products, squared and added.

    A sum s is off by d = gamma_n S, S that of the magnitudes, so that its
    square is off by 2 |s| d + d^2 <= (2 gamma_n + gamma_n^2) S^2, and is
    rounded twice more. A maximum is off by no more than the largest of its
    window.
    """
    n = p.even.size
    energy = _magnitudes(p).on(refspec.complex_cell)
    share = (1 + floats.gamma(n)) ** 2 * (1 + floats.gamma(2)) - 1
    return (share * energy + 2 * n * floats.tiny,)


# Exponentials. A library's exp, log and tanh are taken to be within 4 units
# in the last place, 8 u (glibc's and SLEEF's are within 1). An exponent that
# is rounded by d moves the power by a share of e^d - 1.


LIBRARY = 8


def _sigmoid(p: Problem, floats: Floats) -> Bounds:
    """Bound 1 / (1 + e^-x), e^x / (1 + e^x) or (1 + tanh(x / 2)) / 2.

    A power, a sum and a quotient each share their roundings with the whole;
    the last form cancels, and is off by a share of a half.
    """
    y = _up(abs(_decimal_answer("sigmoid", p)))
    share = float(floats.gamma(2 * LIBRARY + 4))
    return (share * (y + 0.5) + float(floats.tiny),)


def _tanh(p: Problem, floats: Floats) -> Bounds:
    """Bound a hyperbolic tangent, from the library or from two powers.

    (e^x - e^-x) / (e^x + e^-x) cancels near 0, and is off by a share of 1.
    """
    y = _up(abs(_decimal_answer("tanh", p)))
    share = float(floats.gamma(3 * LIBRARY + 4))
    return (share * (y + 1) + float(floats.tiny),)


def _exponents(logits: Array, floats: Floats) -> Array:
    """Bound how far the exponents of a softmax may be off, by example.

    Whether the largest logit, or the logarithm of the sum, is taken off
    first: its own roundings, those of the sum of n powers, and that of the
    difference are at most 4 u (2 max|x| + log n + 1) + gamma_(n + 8).
    """
    n = logits.shape[1]
    largest = _up(abs(logits)).max(axis=1, keepdims=True, initial=0)
    rounded = 4 * float(floats.u) * (2 * largest + math.log(n) + 1)
    return np.asarray(rounded + float(floats.gamma(n + LIBRARY)))


def _softmax_bound(logits: Array, y: Array, floats: Floats) -> Array:
    moved = np.expm1(2 * _exponents(logits, floats))
    roundings = float(floats.gamma(logits.shape[1] + 2 * LIBRARY + 4))
    return np.asarray(y * (moved + roundings) * 2 + float(floats.tiny))


def _softmax(p: Problem, floats: Floats) -> Bounds:
    """Bound powers over their sum: both move with their exponents."""
    y = _up(_decimal_answer("softmax", p))
    return (_softmax_bound(p.exactly().logits, y, floats),)


def _softmax_backward(p: Problem, floats: Floats) -> Bounds:
    """Bound y (dy - sum y dy): y is off, and n + 4 roundings follow."""
    p = p.exactly()
    y = _up(_decimal_answer("softmax", Problem(logits=p.logits)))
    off, dy = _softmax_bound(p.logits, y, floats), _up(abs(p.dy))
    near = y + off
    whole = dy + (near * dy).sum(axis=1, keepdims=True)
    share = float(floats.gamma(p.logits.shape[1] + 4))
    moved = off * whole + near * (off * dy).sum(axis=1, keepdims=True)
    return (moved + share * near * whole + float(floats.tiny),)


def _cross_entropy(p: Problem, floats: Floats) -> Bounds:
    """Bound the mean of log-sum-exp less a logit.

    Each is off by as much as an exponent, and by the roundings of its own
    size, at most 2 max|x| + log n; then N are added and divided.
    """
    logits = p.exactly().logits
    off = 2 * _exponents(logits, floats)
    size = 2 * _up(abs(logits)).max(axis=1, initial=0, keepdims=True)
    size = size + math.log(logits.shape[1]) + 1
    roundings = float(floats.gamma(len(logits) + LIBRARY + 4))
    return (np.asarray((off + roundings * (size + off)).mean() * 1.001),)


def _cross_entropy_backward(p: Problem, floats: Floats) -> Bounds:
    """Bound (softmax - one-hot) / N: a difference and a quotient more."""
    logits = p.exactly().logits
    y = _up(_decimal_answer("softmax", Problem(logits=p.logits)))
    off = _softmax_bound(logits, y, floats)
    share = float(floats.gamma(4))
    return ((off * (1 + share) + share * (y + 1)) / len(logits),)


def _sgd_step(p: Problem, floats: Floats) -> Bounds:
    """Bound old - rate slope: a rounded rate, a product, a difference."""
    moved = abs(p.learning_rate) * _up(abs(p.exactly().gradients))
    whole = _up(abs(p.exactly().parameters)) + moved
    return (float(floats.gamma(3)) * whole + float(floats.tiny),)


def _decimal_answer(operation: str, p: Problem) -> Any:
    from refspec.laws.definitions import exact_answer

    return exact_answer(operation, p)


def _up(numbers: Any) -> Array:
    """Turn exact numbers that are not negative into floats, not smaller."""
    return np.asarray(numbers, dtype=object).astype(float) * (1 + 2.0**-40)


# Batch normalization. Everything below is a sum of terms that are not
# negative, taken of exact differences, so that floats do to compute it.


class _Moments(NamedTuple):
    """Exact moments of a batch, by channel, and how far floats may be off."""

    centred: Array  # |x - mean|
    size: Array  # |x| + |mean|
    mean_off: Array
    variance: Array
    variance_off: Array


def _moments(x: Array, floats: Floats) -> _Moments:
    """Bound mean and variance, of two passes, of Welford or of merged lanes.

    Mean: m - 1 additions, a rounded 1/m and a product are gamma_(m+1) of the
    mean magnitude. Welford moves a mean that is off by d_(k-1) to
    d_k = (1 - 1/k) d_(k-1) + 6 u X / k + u X with X = max|x|; merging two
    lanes adds at most 9 u X, in log2 m levels. In all
    d <= gamma_(m + 9 L + 8) X with L = ceil(log2 m).

    Variance: of two passes, sum (x - mean - d)^2 = m (variance + d^2), with
    gamma_(m+4) for its roundings. Of Welford, products
    (x_k - M_(k-1)) (x_k - M_k) of perturbed means: by Cauchy and Schwarz
    their mean is off by 2 sqrt(2) sigma d + d^2 (Chan, Golub and LeVeque,
    *Algorithms for Computing the Sample Variance*, 1983, has the same form);
    merging adds 4 sqrt(L / 2) sigma d at most. E[x^2] - E[x]^2 is outside
    of this: it is off by u mean^2, which no share of sigma bounds. It is
    bounded where `one_pass` is asked for, so that it can be named.
    """
    from refspec.normalization import batch_statistics

    m = x.size // x.shape[1]
    levels = math.ceil(math.log2(m)) if m > 1 else 0
    mean, variance = batch_statistics(x)
    axes = (0, *range(2, x.ndim))
    per_channel = mean.reshape(-1, *[1] * (x.ndim - 2))
    largest = _up(abs(x)).max(axis=axes)
    off = float(floats.gamma(m + 9 * levels + 8)) * largest
    variance = _up(variance)
    spread = (4 + 2 * levels) * np.sqrt(variance) * off + off**2
    share = float(floats.gamma(m + 8))
    if floats.one_pass:  # both squares are rounded, and their difference
        spread = spread + 2 * share * largest**2
    return _Moments(
        centred=_up(abs(x - per_channel)),
        size=_up(abs(x) + abs(per_channel)),
        mean_off=off,
        variance=variance,
        variance_off=(1 + share) * (spread * 2) + share * variance,
    )


def _scale(
    variance: Array, off: Array, eps: Any, floats: Floats
) -> tuple[Array, Array]:
    """Bound 1 / sqrt(variance + eps), and how far it may be off.

    The root is monotone: the scale lies between those of the variance and
    eps moved up and down. Then eps, a sum, a root and a quotient (or a
    reciprocal root of 2 units) are rounded.
    """
    eps = float(eps)
    moved = float(floats.gamma(3)) * (variance + eps)
    high = 1 / np.sqrt(np.maximum(variance - off, 0) + eps * (1 - 2**-20))
    high = np.maximum(high, 1 / np.sqrt(variance + eps))
    low = 1 / np.sqrt(variance + off + moved + eps)
    exact = 1 / np.sqrt(variance + eps)
    apart = np.maximum(high - exact, exact - low)
    return high, apart + float(floats.gamma(8)) * high


def _spread(vector: Any, x: Array) -> Array:
    """Lay a vector along the channels."""
    return np.asarray(vector).reshape(-1, *[1] * (x.ndim - 2))


def _batch_statistics(p: Problem, floats: Floats) -> Bounds:
    """Bound mean and variance."""
    moments = _moments(p.exactly().x, floats)
    return moments.mean_off, moments.variance_off


def _batch_norm(p: Problem, floats: Floats) -> Bounds:
    """Bound (x - mean) s gamma + beta, or x s' + (beta - mean s').

    Off are the scale, times |x - mean|, and the mean, times the scale; the
    roundings of either form are a share of |gamma| s (|x| + |mean|) + |beta|.
    """
    p = p.exactly()
    moments = _moments(p.x, floats)
    high, off = _scale(moments.variance, moments.variance_off, p.eps, floats)
    return (_affine(p, moments, high, off, floats),)


def _affine(
    p: Problem, moments: _Moments, high: Array, off: Array, floats: Floats
) -> Array:
    gammas, betas = (_spread(_up(abs(v)), p.x) for v in (p.gamma, p.beta))
    high, off, mean_off = (
        _spread(v, p.x) for v in (high, off, moments.mean_off)
    )
    moved = gammas * (moments.centred * off + mean_off * high)
    whole = gammas * high * (moments.size + mean_off) + betas
    return np.asarray(moved + float(floats.gamma(10)) * whole)


def _batch_norm_inference(p: Problem, floats: Floats) -> Bounds:
    """Bound batch norm with statistics that are given."""
    p = p.exactly()
    mean = _spread(p.mean, p.x)
    none = np.zeros(len(p.mean))
    moments = _Moments(
        _up(abs(p.x - mean)), _up(abs(p.x) + abs(mean)), none,
        _up(p.variance), none,
    )  # fmt: skip
    high, off = _scale(moments.variance, none, p.eps, floats)
    return (_affine(p, moments, high, off, floats),)


def _running_statistics(p: Problem, floats: Floats) -> Bounds:
    """Bound (1 - momentum) old + momentum new: four roundings."""
    p = p.exactly()
    moments = _moments(p.x, floats)
    m = p.x.size // p.x.shape[1]
    unbiased = m / (m - 1)
    momentum, share = float(p.momentum), float(floats.gamma(6))
    mean = _up(abs(p.mean)) + momentum * moments.size.max(
        axis=(0, *range(2, p.x.ndim))
    )
    variance = _up(p.variance) + momentum * unbiased * moments.variance
    return (
        momentum * moments.mean_off * (1 + share) + share * mean,
        momentum * unbiased * moments.variance_off * (1 + share)
        + share * variance,
    )


def _batch_norm_backward(p: Problem, floats: Floats) -> Bounds:
    """Bound the gradients of batch norm in training.

    With n = x-hat, off by E; g = mean(dy n), off by
    G = mean(|dy| E) + gamma_(m+2) mean(|dy| (|n| + E)); and
    dx = gamma s (dy - mean(dy) - n g): each factor is off by its own, and
    sums of m and eight roundings are shares of the magnitudes.
    """
    p = p.exactly()
    moments = _moments(p.x, floats)
    high, off = _scale(moments.variance, moments.variance_off, p.eps, floats)
    high, off, mean_off = (
        _spread(v, p.x) for v in (high, off, moments.mean_off)
    )
    axes = (0, *range(2, p.x.ndim))
    m = p.x.size // p.x.shape[1]
    dy = _up(abs(p.dy))
    share = float(floats.gamma(m + 10))
    n = moments.centred * high
    n_off = moments.centred * off + mean_off * high
    n_off = n_off + float(floats.gamma(8)) * high * (moments.size + mean_off)
    near = n + n_off

    def mean(values: Array) -> Array:
        return _spread(values.mean(axis=axes), p.x)

    g = mean(dy * near)
    g_off = mean(dy * n_off) + share * g
    whole = dy + mean(dy) + near * (g + g_off)
    inner_off = share * whole + near * g_off + n_off * (g + g_off)
    gammas = _spread(_up(abs(p.gamma)), p.x)
    dx_off = gammas * (
        (high + off) * inner_off * (1 + share) + (off + share * high) * whole
    )
    total = m * (1 + 2.0**-40)
    return (
        dx_off,
        (total * g_off).reshape(-1),
        (share * total * mean(dy)).reshape(-1),
    )


def _fold_batch_norm(p: Problem, floats: Floats) -> Bounds:
    """Bound w s' and (b - mean) s' + beta: the scale and four roundings."""
    p = p.exactly()
    none = np.zeros(len(p.mean))
    high, off = _scale(_up(p.variance), none, p.eps, floats)
    gammas = _up(abs(p.gamma))
    share = float(floats.gamma(4))
    b = np.zeros(len(p.mean)) if p.b is None else _up(abs(p.b))
    near = gammas * (off + share * (high + off))
    size = b + _up(abs(p.mean))
    filters = near.reshape(-1, *[1] * (p.w.ndim - 1))
    return (
        filters * _up(abs(p.w)),
        near * size + share * (gammas * high * size + _up(abs(p.beta))),
    )


_BOUNDS: Mapping[str, Callable[[Problem, Floats], Bounds]] = {
    "complex_cell": _complex_cell,
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "sgd_step": _sgd_step,
    "softmax": _softmax,
    "softmax_backward": _softmax_backward,
    "cross_entropy": _cross_entropy,
    "cross_entropy_backward": _cross_entropy_backward,
    "batch_statistics": _batch_statistics,
    "batch_norm": _batch_norm,
    "batch_norm_inference": _batch_norm_inference,
    "running_statistics": _running_statistics,
    "batch_norm_backward": _batch_norm_backward,
    "fold_batch_norm": _fold_batch_norm,
}
