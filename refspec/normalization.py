"""Section 8: batch normalization."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from refspec import _checks, _numbers
from refspec._numbers import Array

__all__ = [
    "batch_statistics",
    "batch_norm",
]


def _batch(x: ArrayLike) -> Array:
    """Return examples with channels, such as (N, C) or (N, C, H, W)."""
    x = _checks.array("x", x)
    if x.ndim < 2:
        raise ValueError(
            f"x: expected shape (N, C, ...), found shape {x.shape}"
        )
    if 0 in x.shape:
        raise ValueError(
            f"x: expected at least one value per channel, found shape "
            f"{x.shape}"
        )
    return x


def _positive(name: str, value: Any) -> Any:
    number = _checks.array(name, value)
    if number.ndim or not number.item() >= 0:
        raise ValueError(f"{name}: expected a number >= 0, found {value!r}")
    return value


def _per_channel(v: Array, x: Array) -> Array:
    """Lay a vector (C,) along the channels of x: (C, 1, 1)."""
    return v.reshape(-1, *[1] * (x.ndim - 2))


def _moments(x: Array) -> tuple[Array, Array, Array]:
    """Give mean (C,), variance (C,) and the centred batch."""
    axes = (0, *range(2, x.ndim))
    m = x.size // x.shape[1]
    mean = x.sum(axis=axes) / m
    centred = x - _per_channel(mean, x)
    variance = (centred * centred).sum(axis=axes) / m
    return mean, variance, centred


def batch_statistics(x: ArrayLike, /) -> tuple[Array, Array]:
    r"""Take the mean and the (biased) variance of every channel.

    .. math:: \mu = \frac{1}{m} \sum_i x_i \qquad
              \sigma^2 = \frac{1}{m} \sum_i (x_i - \mu)^2

    Parameters
    ----------
    x : array (N, C, ...)
        The sums run over every axis but C.

    Returns
    -------
    mean, variance : arrays (C,)

    Raises
    ------
    ValueError
        If a channel has no value.

    Notes
    -----
    Claims: 8.3.

    Examples
    --------
    >>> batch_statistics([[1, 10], [3, 10]])
    (array([ 2., 10.]), array([1., 0.]))

    """
    x, dtype = _numbers.widen(_batch(x))
    mean, variance, _ = _moments(x)
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
    Claims: 8.3, 8.4, 8.5. Ioffe and Szegedy, *Batch Normalization* (2015),
    algorithm 1.

    Examples
    --------
    >>> batch_norm([[0.0], [2.0]], [3.0], [5.0], eps=0)
    array([[2.],
           [8.]])

    """
    x = _batch(x)
    c = x.shape[1]
    gamma = _checks.vector("gamma", gamma, c, "channel")
    beta = _checks.vector("beta", beta, c, "channel")
    eps = _positive("eps", eps)
    if x.size == c:
        raise ValueError(
            f"x: expected two values per channel or more to train on, found "
            f"one in shape {x.shape}"
        )
    x, gamma, beta, dtype = _numbers.widen(x, gamma, beta)
    _, variance, centred = _moments(x)
    scale = gamma / _root(variance, eps)
    y = centred * _per_channel(scale, x) + _per_channel(beta, x)
    return _numbers.round_once(y, dtype)


def _root(variance: Array, eps: Any) -> Array:
    """Take the root of variance + eps, which must not be 0."""
    radicand = variance + eps
    if (radicand == 0).any():
        raise ValueError(
            f"eps: expected more than 0 where a channel is constant, found "
            f"{eps!r}"
        )
    return _numbers.square_root(radicand)
