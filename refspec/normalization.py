"""Section 8: batch normalization."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from refspec import _checks, _numbers
from refspec._numbers import Array

__all__ = [
    "batch_statistics",
    "batch_norm",
    "running_statistics",
    "batch_norm_inference",
    "batch_norm_backward",
    "fold_batch_norm",
]


def _channels(x: ArrayLike) -> Array:
    """Return examples whose channels have values: (N, C), (N, C, H, W)."""
    x = _checks.array("x", x)
    if x.ndim < 2:
        raise ValueError(
            f"x: expected shape (N, C, ...), found shape {x.shape}"
        )
    _checks.not_empty("x.shape[1:]", x.shape[1:])
    return x


def _batch(x: ArrayLike, *, least: int = 1) -> Array:
    """Return examples with at least so many values per channel."""
    x = _channels(x)
    values = x.size // x.shape[1]
    if values < least:
        raise ValueError(
            f"x: expected at least {least} value(s) per channel, found "
            f"{values} in shape {x.shape}"
        )
    return x


def _vectors(x: Array, **vectors: ArrayLike) -> list[Array]:
    """Return vectors with a number for each channel of x."""
    return [
        _checks.vector(name, vector, x.shape[1], "channel")
        for name, vector in vectors.items()
    ]


def _per_channel(v: Array, x: Array) -> Array:
    """Lay a vector (C,) along the channels of x: (C, 1, 1)."""
    return v.reshape(-1, *[1] * (x.ndim - 2))


def _moments(x: Array) -> tuple[Array, Array, Array]:
    """Give mean (C,), variance (C,) and the centred batch (N, C, H W)."""
    values = x.reshape(*x.shape[:2], -1)
    m = x.size // x.shape[1]
    mean = _numbers.divide(values.sum(axis=2).sum(axis=0), m)
    centred = values - mean[:, None]
    squares = np.vecdot(centred, centred).sum(axis=0)
    return mean, _numbers.divide(squares, m), centred


def _not_negative(variance: Array) -> None:
    """Refuse what is no variance."""
    if (variance < 0).any():
        raise ValueError(
            f"variance: expected numbers of at least 0, found {variance.min()}"
        )


def _root(variance: Array, eps: Any) -> Array:
    """Take the root of variance + eps, which must not be 0."""
    _not_negative(variance)
    radicand = variance + _numbers.like(eps, variance)
    if (radicand == 0).any():
        raise ValueError(
            f"eps: expected more than 0 where a variance is 0, found {eps!r}"
        )
    return _numbers.square_root(radicand)


def batch_statistics(x: ArrayLike, /) -> tuple[Array, Array]:
    r"""Take the mean and the (biased) variance of every channel.

    .. math:: \mu = \frac{1}{m} \sum_i x_i \qquad
              \sigma^2 = \frac{1}{m} \sum_i (x_i - \mu)^2

    over the m values of a channel: all examples, all pixels.

    Parameters
    ----------
    x : array (N, C, ...)

    Returns
    -------
    mean, variance : arrays (C,)
        Of a channel with a NaN or an infinity, the variance is NaN.

    Raises
    ------
    ValueError
        If a channel has no value.

    Notes
    -----
    Claims: 8.3. Ioffe and Szegedy, *Batch Normalization* (2015), algorithm 1.

    Examples
    --------
    >>> batch_statistics([[1, 10], [3, 10]])
    (array([ 2., 10.]), array([1., 0.]))

    """
    x, dtype = _numbers.widen(_batch(x))
    mean, variance, _ = _moments(_numbers.divisible(x))
    return (
        _numbers.round_once(mean, dtype),
        _numbers.round_once(variance, dtype),
    )


def batch_norm(
    x: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    /,
    *,
    eps: float = 1e-5,
) -> Array:
    r"""Normalize every channel over the mini-batch, then rescale it.

    .. math:: \hat x_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}} \qquad
              y_i = \gamma \hat x_i + \beta

    with the mean and the variance of the batch: this is training.

    Parameters
    ----------
    x : array (N, C, ...)
    gamma, beta : arrays (C,)
    eps : float
        At least 0; greater where a channel is constant.

    Returns
    -------
    array (N, C, ...)
        A channel with a NaN or an infinity is NaN throughout.

    Raises
    ------
    ValueError
        If a channel has fewer than two values, a vector is not of length C,
        eps is negative, or it is 0 and a channel is constant.

    Notes
    -----
    Claims: 8.4, 8.5, 8.6, 8.7. Ioffe and Szegedy, *Batch Normalization*
    (2015), algorithm 1.

    Examples
    --------
    >>> batch_norm([[0.0], [2.0]], [3.0], [5.0], eps=0)
    array([[2.],
           [8.]])

    """
    x = _batch(x, least=2)
    gamma, beta = _vectors(x, gamma=gamma, beta=beta)
    eps = _checks.not_negative("eps", eps)
    x, gamma, beta, dtype = _numbers.widen(x, gamma, beta)

    _, variance, y = _moments(_numbers.divisible(x))
    y *= (gamma / _root(variance, eps))[:, None]
    y += beta[:, None]
    return _numbers.round_once(y.reshape(x.shape), dtype)


def running_statistics(
    x: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    /,
    *,
    momentum: float = 0.1,
) -> tuple[Array, Array]:
    r"""Move the running statistics towards those of a mini-batch.

    .. math:: \mu' = (1 - \alpha)\, \mu' + \alpha\, \mu \qquad
              \sigma'^2 = (1 - \alpha)\, \sigma'^2
                          + \alpha\, \frac{m}{m - 1}\, \sigma^2

    As PyTorch keeps them: the momentum weighs the new value, and the running
    variance is the unbiased one. ONNX weighs the old value, with 0.9, and
    keeps the biased variance.

    Parameters
    ----------
    x : array (N, C, ...)
    mean, variance : arrays (C,)
        The running statistics so far; PyTorch begins with 0 and 1.
    momentum : float
        From 0, which keeps the old ones, to 1, which forgets them.

    Returns
    -------
    mean, variance : arrays (C,)

    Raises
    ------
    ValueError
        If a channel has fewer than two values, a vector is not of length C,
        a variance is negative, or the momentum is not within 0 and 1.

    Notes
    -----
    Claims: 8.7.

    Examples
    --------
    >>> running_statistics([[1.0], [3.0]], [0.0], [1.0], momentum=0.5)
    (array([1.]), array([1.5]))

    """
    x = _batch(x, least=2)
    mean, variance = _vectors(x, mean=mean, variance=variance)
    momentum = _checks.not_negative("momentum", momentum)
    if momentum > 1:
        raise ValueError(f"momentum: expected at most 1, found {momentum!r}")
    _not_negative(variance)
    x, mean, variance, dtype = _numbers.widen(x, mean, variance)

    new, biased, _ = _moments(_numbers.divisible(x))
    m = x.size // x.shape[1]
    unbiased = _numbers.divide(biased * m, m - 1)
    share = _numbers.like(momentum, new)
    return (
        _numbers.round_once((1 - share) * mean + share * new, dtype),
        _numbers.round_once((1 - share) * variance + share * unbiased, dtype),
    )


def batch_norm_inference(
    x: ArrayLike,
    mean: ArrayLike,
    variance: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    /,
    *,
    eps: float = 1e-5,
) -> Array:
    r"""Normalize every channel by statistics that are given.

    .. math:: y_i = \gamma\, \frac{x_i - \mu'}{\sqrt{\sigma'^2 + \epsilon}}
                    + \beta

    with the running statistics: no example meets another.

    Parameters
    ----------
    x : array (N, C, ...)
        N may be 0.
    mean, variance, gamma, beta : arrays (C,)
    eps : float
        At least 0; greater where a variance is 0.

    Returns
    -------
    array (N, C, ...)

    Raises
    ------
    ValueError
        If a vector is not of length C, a variance or eps is negative, or
        both are 0.

    Notes
    -----
    Claims: 8.7.

    Examples
    --------
    >>> batch_norm_inference([[5.0]], [1.0], [4.0], [3.0], [0.5], eps=0)
    array([[6.5]])

    """
    x = _channels(x)
    mean, variance, gamma, beta = _vectors(
        x, mean=mean, variance=variance, gamma=gamma, beta=beta
    )
    eps = _checks.not_negative("eps", eps)
    *arrays, dtype = _numbers.widen(x, mean, variance, gamma, beta)
    x, mean, variance, gamma, beta = map(_numbers.divisible, arrays)

    y = x - _per_channel(mean, x)
    y *= _per_channel(gamma / _root(variance, eps), x)
    y += _per_channel(beta, x)
    return _numbers.round_once(y, dtype)


def batch_norm_backward(
    dy: ArrayLike,
    x: ArrayLike,
    gamma: ArrayLike,
    /,
    *,
    eps: float = 1e-5,
) -> tuple[Array, Array, Array]:
    r"""Take the gradients of a loss through `batch_norm`.

    .. math::
        d\beta = \sum_i dy_i, \quad
        d\gamma = \sum_i dy_i\, \hat x_i, \quad
        dx_i = \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}}
               \left( dy_i - \frac{d\beta}{m}
                      - \hat x_i\, \frac{d\gamma}{m} \right)

    The two means stand for the ways through the batch's own mean and
    variance.

    Parameters
    ----------
    dy : array (N, C, ...)
        The gradient of the loss with respect to the answer of `batch_norm`.
    x : array shaped like `dy`
    gamma : array (C,)
    eps
        As given to `batch_norm`.

    Returns
    -------
    dx, dgamma, dbeta : arrays
        Shaped like `x` and (C,).

    Raises
    ------
    ValueError
        As `batch_norm`; or if the shapes of `dy` and `x` differ.

    Notes
    -----
    Claims: 8.12, 7.5. Ioffe and Szegedy, *Batch Normalization* (2015),
    section 3, with the sums carried out.

    Examples
    --------
    >>> dx, dgamma, dbeta = batch_norm_backward(
    ...     [[5.0], [0.0], [0.0], [0.0]],
    ...     [[7.0], [-7.0], [1.0], [-1.0]], [1.0], eps=0
    ... )
    >>> dgamma, dbeta
    (array([7.]), array([5.]))

    """
    x = _batch(x, least=2)
    dy = _checks.array("dy", dy)
    _checks.same_shape("dy", dy, x.shape)
    (gamma,) = _vectors(x, gamma=gamma)
    eps = _checks.not_negative("eps", eps)
    *arrays, dtype = _numbers.widen(dy, x, gamma)
    dy, x, gamma = map(_numbers.divisible, arrays)

    _, variance, normalized = _moments(x)
    root = _root(variance, eps)
    normalized /= root[:, None]
    dy = dy.reshape(normalized.shape)
    m = x.size // x.shape[1]
    dbeta = dy.sum(axis=2).sum(axis=0)
    dgamma = np.vecdot(dy, normalized).sum(axis=0)
    dx = dy - _numbers.divide(dbeta, m)[:, None]
    normalized *= _numbers.divide(dgamma, m)[:, None]
    dx -= normalized
    dx *= (gamma / root)[:, None]
    return (
        _numbers.round_once(dx.reshape(x.shape), dtype),
        _numbers.round_once(dgamma, dtype),
        _numbers.round_once(dbeta, dtype),
    )


def fold_batch_norm(
    w: ArrayLike,
    b: ArrayLike | None,
    mean: ArrayLike,
    variance: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    /,
    *,
    eps: float = 1e-5,
) -> tuple[Array, Array]:
    r"""Fold a batch normalization into the convolution before it.

    .. math:: s_f = \frac{\gamma_f}{\sqrt{\sigma'^2_f + \epsilon}} \qquad
              W'_f = s_f\, W_f \qquad
              B'_f = s_f\, (B_f - \mu'_f) + \beta_f

    With the new weights the convolution alone answers as the two did, in
    inference.

    Parameters
    ----------
    w : array (F, ...)
        The filters of a convolution, or the weights of a dense layer.
    b : array (F,) or None
    mean, variance, gamma, beta : arrays (F,)
        As given to `batch_norm_inference`.
    eps : float

    Returns
    -------
    w, b : arrays
        Shaped like `w` and (F,).

    Raises
    ------
    ValueError
        If a vector is not of length F, a variance or eps is negative, or
        both are 0.

    Notes
    -----
    Claims: 8.8, 8.9. Jacob et al., *Quantization and Training of Neural
    Networks for Efficient Integer-Arithmetic-Only Inference* (2018), section
    3.2.

    Examples
    --------
    >>> fold_batch_norm([[[[1.0, 2.0]]]], None, [1.0], [4.0], [6.0], [0.5],
    ...                 eps=0)
    (array([[[[3., 6.]]]]), array([-2.5]))

    """
    w = _checks.array("w", w)
    if w.ndim < 2:
        raise ValueError(
            f"w: expected shape (F, C/G, KH, KW) or (F, I), found shape "
            f"{w.shape}"
        )
    bias = np.zeros(len(w), w.dtype) if b is None else b
    vectors = {
        "b": bias, "mean": mean, "variance": variance, "gamma": gamma,
        "beta": beta,
    }  # fmt: skip
    checked = [
        _checks.vector(name, vector, len(w), "filter")
        for name, vector in vectors.items()
    ]
    eps = _checks.not_negative("eps", eps)
    *arrays, dtype = _numbers.widen(w, *checked)
    w, bias, mean, variance, gamma, beta = map(_numbers.divisible, arrays)

    scale = gamma / _root(variance, eps)
    folded = w * scale.reshape(-1, *[1] * (w.ndim - 1))
    return (
        _numbers.round_once(folded, dtype),
        _numbers.round_once(scale * (bias - mean) + beta, dtype),
    )
