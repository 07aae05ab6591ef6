"""Batch normalizations that are unlike the definition."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

import refspec
from refspec import _numbers
from refspec._numbers import Array
from refspec.oracle.variants import variant
from refspec.oracle.variants._places import Definition, every

__all__: list[str] = []

EPS = 1e-5
Moments = tuple[Array, Array]


def _count(x: Any) -> int:
    """Count the values of a channel."""
    return int(np.size(x)) // int(np.shape(x)[1])


def _unbiased(variance: Array, x: Any) -> Array:
    m = _count(x)
    if m < 2:
        raise ValueError("a single value has no unbiased variance")
    return _numbers.divide(variance * m, m - 1)


def _squared_mean(x: Any) -> Array:
    """Take the mean of the squares, channel by channel."""
    x = _numbers.divisible(np.asarray(x))
    mean: Array = refspec.batch_statistics(x * x)[0]
    return mean


def _one_pass(mean: Array, x: Any) -> Array:
    variance = _squared_mean(x) - mean * mean
    return np.asarray(np.where(variance < 0, variance * 0, variance))


# Batch norm by other statistics, or another root of the same.


def _by(
    definition: Definition,
    change: Callable[[Array, Array, Any, Any], tuple[Array, Array, Any]],
) -> Definition:
    """Normalize by another mean, variance and eps, in training or not."""

    def inferring(
        x: Any, mean: Any, variance: Any, *rest: Any, eps: Any = EPS
    ) -> Any:
        mean, variance = (
            _numbers.divisible(np.asarray(v)) for v in (mean, variance)
        )
        mean, variance, eps = change(mean, variance, eps, x)
        return refspec.batch_norm_inference(x, mean, variance, *rest, eps=eps)

    def training(x: Any, gamma: Any, beta: Any, /, *, eps: Any = EPS) -> Any:
        definition(x, gamma, beta, eps=1)  # refuses what it refuses
        mean, variance = refspec.batch_statistics(x)
        return inferring(x, mean, variance, gamma, beta, eps=eps)

    def folding(w: Any, b: Any, *vectors: Any, eps: Any = EPS) -> Any:
        mean, variance, gamma, beta = map(np.asarray, vectors)
        mean, variance = map(_numbers.divisible, (mean, variance))
        mean, variance, eps = change(mean, variance, eps, w)
        return definition(w, b, mean, variance, gamma, beta, eps=eps)

    if definition is refspec.batch_norm:
        return training
    return folding if definition is refspec.fold_batch_norm else inferring


NORMS = ("batch_norm", "batch_norm_inference", "fold_batch_norm")


@variant("eps outside the root", *NORMS)
def eps_outside(definition: Definition) -> Definition:
    """The numbers are divided by the root of the variance, plus eps."""

    def change(mean: Array, variance: Array, eps: Any, _: Any) -> Any:
        root = _numbers.square_root(variance) + _numbers.like(eps, variance)
        return mean, root * root, 0

    return _by(definition, change)


@variant("eps missing", *NORMS)
def eps_missing(definition: Definition) -> Definition:
    """Nothing is added to the variance."""
    return _by(definition, lambda mean, variance, *_: (mean, variance, 0))


@variant("eps subtracted", *NORMS)
def eps_subtracted(definition: Definition) -> Definition:
    """The eps is taken from the variance."""

    def change(mean: Array, variance: Array, eps: Any, _: Any) -> Any:
        return mean, variance - _numbers.like(eps, variance), 0

    return _by(definition, change)


@variant("eps hard-coded", *NORMS)
def eps_hard_coded(definition: Definition) -> Definition:
    """The eps is 0.00001, whatever is asked for."""
    return _by(definition, lambda mean, variance, *_: (mean, variance, EPS))


@variant("deviation for variance", *NORMS)
def deviation_for_variance(definition: Definition) -> Definition:
    """The numbers are divided by the root of the deviation."""

    def change(mean: Array, variance: Array, eps: Any, _: Any) -> Any:
        return mean, _numbers.square_root(variance), eps

    return _by(definition, change)


@variant("root missing", *NORMS)
def root_missing(definition: Definition) -> Definition:
    """The numbers are divided by the variance and not by its root."""

    def change(mean: Array, variance: Array, eps: Any, _: Any) -> Any:
        divisor = variance + _numbers.like(eps, variance)
        return mean, divisor * divisor, 0

    return _by(definition, change)


@variant("mean not subtracted", *NORMS)
def mean_kept(definition: Definition) -> Definition:
    """The mean is not taken off."""
    return _by(definition, lambda mean, v, eps, _: (mean * 0, v, eps))


@variant("mean added", *NORMS)
def mean_added(definition: Definition) -> Definition:
    """The mean is added instead of taken off."""
    return _by(definition, lambda mean, v, eps, _: (-mean, v, eps))


@variant("one channel's statistics for all", *NORMS)
def first_channel(definition: Definition) -> Definition:
    """The mean and the variance are those of the first channel."""

    def change(mean: Array, variance: Array, eps: Any, _: Any) -> Any:
        return (
            np.broadcast_to(mean[:1], mean.shape),
            np.broadcast_to(variance[:1], variance.shape),
            eps,
        )

    return _by(definition, change)


@variant("unbiased variance", "batch_norm", "batch_statistics",
         kind="convention", declared=("variance", "unbiased"))  # fmt: skip
def unbiased_variance(definition: Definition) -> Definition:
    """The variance is over m - 1, as an estimate of the population's."""
    if definition is refspec.batch_norm:
        return _by(
            definition, lambda mean, v, eps, x: (mean, _unbiased(v, x), eps)
        )

    def answer(x: Any, /) -> Moments:
        mean, variance = definition(x)
        return mean, _unbiased(variance, x)

    return answer


@variant("one-pass variance", "batch_norm", "batch_statistics")
def one_pass_variance(definition: Definition) -> Definition:
    """The variance is the mean square less the squared mean: they cancel."""
    if definition is refspec.batch_norm:
        return _by(
            definition, lambda mean, _, eps, x: (mean, _one_pass(mean, x), eps)
        )

    def answer(x: Any, /) -> Moments:
        mean, _ = definition(x)
        return mean, _one_pass(mean, x)

    return answer


@variant("variance about zero", "batch_norm", "batch_statistics")
def variance_about_zero(definition: Definition) -> Definition:
    """The mean of the squares is taken, with the mean left in."""
    if definition is refspec.batch_norm:
        return _by(
            definition, lambda mean, _, eps, x: (mean, _squared_mean(x), eps)
        )
    return lambda x, /: (definition(x)[0], _squared_mean(x))


# Gamma and beta.


def _rescaled(
    definition: Definition, change: Callable[[Array, Array], Any]
) -> Definition:
    """Normalize with another gamma and beta."""

    def answer(*arrays: Any, **options: Any) -> Any:
        *first, gamma, beta = arrays
        return definition(
            *first, *change(np.asarray(gamma), np.asarray(beta)), **options
        )

    return answer


@variant("gamma and beta swapped", *NORMS)
def gamma_for_beta(definition: Definition) -> Definition:
    """The scale is taken for the shift, and the reverse."""
    return _rescaled(definition, lambda gamma, beta: (beta, gamma))


@variant("gamma missing", *NORMS)
def gamma_missing(definition: Definition) -> Definition:
    """The normalized numbers are not scaled."""
    return _rescaled(
        definition, lambda gamma, beta: (np.ones_like(gamma), beta)
    )


@variant("beta missing", *NORMS)
def beta_missing(definition: Definition) -> Definition:
    """The normalized numbers are not shifted."""
    return _rescaled(definition, lambda gamma, beta: (gamma, beta * 0))


@variant("shifted before scaled", *NORMS)
def shifted_first(definition: Definition) -> Definition:
    """Beta is added first, and gamma scales it too."""
    return _rescaled(definition, lambda gamma, beta: (gamma, gamma * beta))


# The axes of the statistics.


def _over(
    definition: Definition,
    fold: Callable[[Array], Array],
) -> Definition:
    """Take the statistics of an array that is laid out otherwise."""

    def answer(x: Any, gamma: Any, beta: Any, /, *, eps: Any = EPS) -> Any:
        definition(x, gamma, beta, eps=1)
        x, gamma = np.asarray(x), np.asarray(gamma)
        folded = fold(x)
        one = np.ones(folded.shape[1], gamma.dtype)
        y = definition(folded, one, one * 0, eps=eps).reshape(x.shape)
        shape = (-1, *[1] * (x.ndim - 2))
        return y * gamma.reshape(shape) + np.asarray(beta).reshape(shape)

    return answer


@variant("statistics of the whole array", "batch_norm", "batch_statistics")
def whole_array(definition: Definition) -> Definition:
    """All channels have one mean and one variance."""
    if definition is refspec.batch_norm:
        return _over(definition, lambda x: x.reshape(1, 1, -1))

    def answer(x: Any, /) -> Moments:
        definition(x)
        moments = definition(np.asarray(x).reshape(1, 1, -1))
        c = np.shape(x)[1]
        return moments[0].repeat(c), moments[1].repeat(c)

    return answer


@variant("statistics of each example's channel", "batch_norm")
def instance_norm(definition: Definition) -> Definition:
    """The mean and the variance are over the pixels of one example only."""
    return _over(
        definition,
        lambda x: x.reshape(1, x.shape[0] * x.shape[1], -1),
    )


@variant("statistics of each example", "batch_norm")
def layer_norm(definition: Definition) -> Definition:
    """The mean and the variance are over one example, channels and all."""
    return _over(definition, lambda x: x.reshape(1, len(x), -1))


@variant("statistics of each position", "batch_norm")
def position_norm(definition: Definition) -> Definition:
    """The mean and the variance are over the batch, pixel by pixel."""
    return _over(definition, lambda x: x.reshape(len(x), -1))


@variant("statistics of channels that come last", "batch_norm")
def channels_last(definition: Definition) -> Definition:
    """The last axis is taken for the channels."""

    def answer(x: Any, gamma: Any, beta: Any, /, *, eps: Any = EPS) -> Any:
        moved = np.moveaxis(np.asarray(x), -1, 1)
        return np.moveaxis(definition(moved, gamma, beta, eps=eps), 1, -1)

    return answer


@variant("rows and columns exchanged", "batch_norm", "batch_norm_inference")
def axes_exchanged(definition: Definition) -> Definition:
    """The axes are moved for the statistics, and not moved back."""

    def answer(x: Any, *rest: Any, **options: Any) -> Any:
        y = definition(x, *rest, **options)
        return y.swapaxes(2, 3) if y.ndim == 4 else y

    return answer


@variant("statistics of the batch in inference", "batch_norm_inference")
def batch_in_inference(definition: Definition) -> Definition:
    """The batch's own mean and variance are used, not those given."""
    del definition

    def answer(
        x: Any, mean: Any, variance: Any, gamma: Any, beta: Any, /, *,
        eps: Any = EPS,
    ) -> Any:  # fmt: skip
        del mean, variance
        return refspec.batch_norm(x, gamma, beta, eps=eps)

    return answer


# Statistics.


def _changed(
    definition: Definition, change: Callable[[Array], Any]
) -> Definition:
    return lambda *arrays, **options: every(
        change, definition(*arrays, **options)
    )


@variant("statistics of shape (1, C)", "batch_statistics",
         "running_statistics")  # fmt: skip
def kept_axis(definition: Definition) -> Definition:
    """The mean and the variance keep an axis of length 1."""
    return _changed(definition, lambda vector: vector[None])


@variant("deviation kept as variance", "batch_statistics",
         "running_statistics")  # fmt: skip
def deviation_kept(definition: Definition) -> Definition:
    """The root of the variance is given for the variance."""

    def answer(x: Any, *rest: Any, **options: Any) -> Moments:
        mean, variance = definition(x, *rest, **options)
        if not rest:
            return mean, _numbers.square_root(variance)
        m = _numbers.like(options.get("momentum", 0.1), variance)
        new = _unbiased(refspec.batch_statistics(x)[1], x)
        return mean, variance - m * new + m * _numbers.square_root(new)

    return answer


@variant("sums instead of means", "batch_statistics")
def sums_for_means(definition: Definition) -> Definition:
    """The sums of a channel are not divided."""

    def answer(x: Any, /) -> Moments:
        mean, variance = definition(x)
        return mean * _count(x), variance * _count(x)

    return answer


@variant("statistics over the examples' count", "batch_statistics")
def examples_counted(definition: Definition) -> Definition:
    """The sums are divided by N, where there are N H W values."""

    def answer(x: Any, /) -> Moments:
        mean, variance = definition(x)
        pixels = _count(x) // len(x)
        return mean * pixels, variance * pixels

    return answer


@variant("momentum the other way round", "running_statistics",
         kind="convention", declared=("momentum", "old"))  # fmt: skip
def momentum_of_old(definition: Definition) -> Definition:
    """The momentum weighs the old value: ONNX's and Keras's way."""

    def answer(*arrays: Any, momentum: Any = 0.1) -> Any:
        return definition(*arrays, momentum=1 - Fraction(momentum))

    return answer


def _blended(
    definition: Definition, change: Callable[..., tuple[Any, Any]]
) -> Definition:
    """Move towards other statistics, given those of the batch."""

    def answer(
        x: Any, mean: Any, variance: Any, /, *, momentum: Any = 0.1
    ) -> Any:
        definition(x, mean, variance, momentum=momentum)
        moments = refspec.batch_statistics(x)
        m = _numbers.like(momentum, moments[0])
        mean, variance = (
            _numbers.divisible(np.asarray(v)) for v in (mean, variance)
        )
        return change(x, moments, (mean, variance), m)

    return answer


@variant("biased running variance", "running_statistics",
         kind="convention", declared=("variance", "biased"))  # fmt: skip
def biased_running(definition: Definition) -> Definition:
    """The running variance moves towards the variance over m: ONNX's way."""
    return _blended(
        definition,
        lambda _, new, old, m: (
            (1 - m) * old[0] + m * new[0],
            (1 - m) * old[1] + m * new[1],
        ),
    )


@variant("momentum on the mean only", "running_statistics")
def momentum_on_mean(definition: Definition) -> Definition:
    """The running variance is replaced, where the mean is blended."""
    return _blended(
        definition,
        lambda x, new, old, m: (
            (1 - m) * old[0] + m * new[0],
            _unbiased(new[1], x),
        ),
    )


@variant("weights swapped for the variance", "running_statistics")
def momentum_on_wrong(definition: Definition) -> Definition:
    """The momentum weighs the new mean, but the old variance."""
    return _blended(
        definition,
        lambda x, new, old, m: (
            (1 - m) * old[0] + m * new[0],
            m * old[1] + (1 - m) * _unbiased(new[1], x),
        ),
    )


@variant("added without forgetting", "running_statistics")
def not_forgotten(definition: Definition) -> Definition:
    """The new share is added, and the old value kept whole."""
    return _blended(
        definition,
        lambda x, new, old, m: (
            old[0] + m * new[0],
            old[1] + m * _unbiased(new[1], x),
        ),
    )


@variant("running statistics replaced", "running_statistics")
def replaced(definition: Definition) -> Definition:
    """The old values are forgotten: nothing is blended."""
    return lambda *arrays, momentum=1: definition(  # noqa: ARG005
        *arrays, momentum=1
    )


@variant("running statistics never move", "running_statistics")
def never_moved(definition: Definition) -> Definition:
    """The old values are kept as they are."""
    return lambda *arrays, momentum=0: definition(  # noqa: ARG005
        *arrays, momentum=0
    )


# Folding.


@variant("bias forgotten in folding", "fold_batch_norm")
def fold_bias(definition: Definition) -> Definition:
    """The bias of the convolution is lost."""

    def answer(w: Any, b: Any, *vectors: Any, **options: Any) -> Any:
        zero = None if b is None else np.asarray(b) * 0
        return definition(w, zero, *vectors, **options)

    return answer


@variant("bias not scaled in folding", "fold_batch_norm")
def fold_bias_unscaled(definition: Definition) -> Definition:
    """The bias of the convolution is added as it is."""

    def answer(w: Any, b: Any, *vectors: Any, **options: Any) -> Any:
        if b is None:
            return definition(w, b, *vectors, **options)
        b = np.asarray(b)
        folded, bias = definition(w, b * 0, *vectors, **options)
        return folded, bias + b

    return answer


@variant("weights not scaled in folding", "fold_batch_norm")
def fold_weights(definition: Definition) -> Definition:
    """The bias alone is folded; the weights stay."""

    def answer(w: Any, *rest: Any, **options: Any) -> Any:
        _, bias = definition(w, *rest, **options)
        return _numbers.divisible(np.array(w)), bias

    return answer


# Gradients.


def _terms(definition: Definition, change: Callable[..., Any]) -> Definition:
    """Take another dx, from its terms.

    These are dy, x_hat, the mean of dy, the mean of dy x_hat, and
    gamma / root, laid out along x, and m.
    """

    def answer(dy: Any, x: Any, gamma: Any, /, *, eps: Any = EPS) -> Any:
        _, dgamma, dbeta = definition(dy, x, gamma, eps=eps)
        _, variance = refspec.batch_statistics(x)
        gamma = _numbers.divisible(np.asarray(gamma))
        one = np.ones_like(gamma)
        x_hat = refspec.batch_norm(x, one, one * 0, eps=eps)
        root = _numbers.square_root(variance + _numbers.like(eps, variance))
        m, shape = _count(x), (-1, *[1] * (np.ndim(x) - 2))
        means = (_numbers.divide(v, m).reshape(shape) for v in (dbeta, dgamma))
        dy = _numbers.divisible(np.asarray(dy))
        scale = (gamma / root).reshape(shape)
        return change(dy, x_hat, *means, scale), dgamma, dbeta

    return answer


GRADIENT = "batch_norm_backward"


@variant("dx without the mean's term", GRADIENT)
def no_mean_term(definition: Definition) -> Definition:
    """The way through the batch's mean is forgotten."""
    return _terms(
        definition, lambda dy, hat, _, along, scale: scale * (dy - hat * along)
    )


@variant("dx without the variance's term", GRADIENT)
def no_variance_term(definition: Definition) -> Definition:
    """The way through the batch's variance is forgotten."""
    return _terms(
        definition, lambda dy, _, mean, _along, scale: scale * (dy - mean)
    )


@variant("dx with statistics held constant", GRADIENT)
def constant_statistics(definition: Definition) -> Definition:
    """The gradient is that of inference, where statistics are given."""
    return _terms(definition, lambda dy, _, _mean, _along, scale: scale * dy)


@variant("dx with its terms added", GRADIENT)
def terms_added(definition: Definition) -> Definition:
    """The two terms of the statistics are added, not taken off."""
    return _terms(
        definition,
        lambda dy, hat, mean, along, scale: scale * (dy + mean + hat * along),
    )


@variant("dx's terms combined before the sum", GRADIENT)
def never_summed(definition: Definition) -> Definition:
    """The variance's term is taken cell by cell, never summed."""

    def dx(dy: Array, hat: Array, mean: Array, _: Any, scale: Array) -> Array:
        m = _count(dy)
        share = _numbers.divide(dy * hat, m)
        return np.asarray(scale * (dy - mean - hat * share))

    return _terms(definition, dx)


@variant("dx over the examples' count", GRADIENT)
def wrong_count(definition: Definition) -> Definition:
    """The sums are divided by N, where there are N H W values."""

    def dx(
        dy: Array, hat: Array, mean: Array, along: Array, scale: Array
    ) -> Array:
        pixels = _count(dy) // len(dy)
        return np.asarray(scale * (dy - pixels * (mean + hat * along)))

    return _terms(definition, dx)


@variant("dx without gamma", GRADIENT)
def dx_without_gamma(definition: Definition) -> Definition:
    """The gradient of the input is not scaled by gamma."""

    def answer(dy: Any, x: Any, gamma: Any, /, **options: Any) -> Any:
        _, dgamma, dbeta = definition(dy, x, gamma, **options)
        dx, *_ = definition(dy, x, np.ones_like(gamma), **options)
        return dx, dgamma, dbeta

    return answer


@variant("eps missing in the gradient", GRADIENT)
def gradient_without_eps(definition: Definition) -> Definition:
    """Nothing is added to the variance on the way back."""
    return lambda *arrays, eps=0: definition(*arrays, eps=0)  # noqa: ARG005


@variant("eps hard-coded in the gradient", GRADIENT)
def gradient_own_eps(definition: Definition) -> Definition:
    """The eps is 0.00001 on the way back, whatever is asked for."""
    return lambda *arrays, eps=EPS: definition(  # noqa: ARG005
        *arrays, eps=EPS
    )


@variant("dgamma and dbeta swapped", GRADIENT)
def dgamma_for_dbeta(definition: Definition) -> Definition:
    """The gradients of scale and shift come in the other order."""

    def answer(*arrays: Any, **options: Any) -> Any:
        dx, dgamma, dbeta = definition(*arrays, **options)
        return dx, dbeta, dgamma

    return answer


@variant("dgamma and dbeta averaged", GRADIENT)
def parameters_averaged(definition: Definition) -> Definition:
    """The gradients of scale and shift are means over the values."""

    def answer(dy: Any, *arrays: Any, **options: Any) -> Any:
        dx, dgamma, dbeta = definition(dy, *arrays, **options)
        m = _count(dy)
        return dx, _numbers.divide(dgamma, m), _numbers.divide(dbeta, m)

    return answer


@variant("dgamma of the input as it was", GRADIENT)
def dgamma_of_x(definition: Definition) -> Definition:
    """The gradient of the scale multiplies by x, not by x_hat."""

    def answer(dy: Any, x: Any, *rest: Any, **options: Any) -> Any:
        dx, _, dbeta = definition(dy, x, *rest, **options)
        products = _numbers.divisible(np.asarray(dy) * np.asarray(x))
        axes = (0, *range(2, products.ndim))
        return dx, products.sum(axis=axes), dbeta

    return answer
