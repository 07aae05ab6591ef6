"""Section 3: the simple and the complex cells of Hubel and Wiesel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from refspec import _checks
from refspec._numbers import Array
from refspec.activation import relu
from refspec.convolution import conv2d
from refspec.geometry import PairLike
from refspec.pooling import max_pool2d

__all__ = [
    "gabor",
    "simple_cell",
    "complex_cell",
]


def gabor(
    kernel_size: PairLike,
    /,
    *,
    wavelength: float,
    sigma: float,
    orientation: float = 0.0,
    phase: float = 0.0,
    aspect: float = 1.0,
) -> Array:
    r"""Draw a grating under a bell: an oriented filter.

    .. math::
        G_{i,j} = e^{-(x'^2 + \gamma^2 y'^2) / 2 \sigma^2}
                  \cos(2 \pi x' / \lambda + \varphi), \qquad
        x' = x \cos\theta + y \sin\theta, \quad
        y' = y \cos\theta - x \sin\theta

    with x and y counted in pixels from the middle, to the right and down.

    Parameters
    ----------
    kernel_size : int or (rows, columns)
    wavelength : float
        Of the grating, in pixels; above 0.
    sigma : float
        Of the bell, across the stripes, in pixels; above 0.
    orientation : float
        The angle across the stripes, in radians: 0 for upright stripes.
    phase : float
        In radians: 0 is even, and a quarter turn from it is odd.
    aspect : float
        How much shorter the bell is along the stripes; above 0.

    Returns
    -------
    array (KH, KW)
        Of float64.

    Raises
    ------
    ValueError
        If a size is not a positive integer, or a number is not finite or
        not above 0 where it has to be.

    Notes
    -----
    Claims: 3.5. Daugman (1985), in the form of Petkov and Kruizinga (1997).

    Examples
    --------
    >>> gabor((1, 5), wavelength=4, sigma=1e9).round()
    array([[-1.,  0.,  1.,  0., -1.]])

    """
    rows, columns = _checks.pair("kernel_size", kernel_size, least=1)
    wavelength = _positive("wavelength", wavelength)
    sigma = _positive("sigma", sigma)
    aspect = _positive("aspect", aspect)
    theta = _checks.finite("orientation", orientation)
    y = np.arange(rows)[:, None] - (rows - 1) / 2
    x = np.arange(columns) - (columns - 1) / 2
    across = x * math.cos(theta) + y * math.sin(theta)
    along = y * math.cos(theta) - x * math.sin(theta)
    bell = np.exp(-((across / sigma) ** 2 + (aspect * along / sigma) ** 2) / 2)
    phase = _checks.finite("phase", phase)
    turn = 2 * math.pi * across / wavelength + phase
    return np.asarray(bell * np.cos(turn))


def _positive(name: str, value: Any) -> float:
    number = _checks.finite(name, value)
    if number <= 0:
        raise ValueError(f"{name}: expected above 0, found {value!r}")
    return number


def simple_cell(image: ArrayLike, w: ArrayLike, /) -> Array:
    r"""Answer to an oriented pattern: a linear filter, rectified.

    .. math:: S_{i,j} = \max\Big(0, \sum_{u,v} W_{u,v}\,
              X_{i + u,\; j + v}\Big)

    Parameters
    ----------
    image : array (H, W)
    w : array (KH, KW)
        At most as large as the image, such as a `gabor`.

    Returns
    -------
    array (H - KH + 1, W - KW + 1)
        The answer at every place; a NaN in sight gives NaN.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Notes
    -----
    Claims: 3.5. The cells of Hubel and Wiesel (1962).

    Examples
    --------
    >>> simple_cell([[0, 1, 0, 0], [0, 1, 0, 0]], [[1, -1], [1, -1]])
    array([[0, 2, 0]])

    """
    return relu(_filtered(image, _filter("w", w)))


def complex_cell(
    image: ArrayLike,
    even: ArrayLike,
    odd: ArrayLike,
    /,
    *,
    pool_size: PairLike = 1,
) -> Array:
    r"""Answer to a pattern wherever its stripes stand: an energy.

    .. math:: E_{i,j} = \Big(\sum_{u,v} A_{u,v}\, X_{i+u,\; j+v}\Big)^2
              + \Big(\sum_{u,v} B_{u,v}\, X_{i+u,\; j+v}\Big)^2

    and, over more than one place, the largest energy of each window.

    Parameters
    ----------
    image : array (H, W)
    even, odd : array (KH, KW)
        A quadrature pair: two filters a quarter of a turn apart in phase.
    pool_size : int or (rows, columns)
        Of the windows that max pooling makes of the places; 1 is none.

    Returns
    -------
    array (Ho, Wo)
        The energy at every place, or in every window of them; a NaN in sight
        gives NaN. The cell has no memory: each image is answered alone.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Notes
    -----
    Claims: 3.5. The energy is that of Adelson and Bergen (1985), the maximum
    over places that of Riesenhuber and Poggio (1999).

    Examples
    --------
    >>> complex_cell([[5, 0, 0, 0]], [[1, 0, -1, 0]], [[0, 1, 0, -1]])
    array([[25]])

    """
    even, odd = _filter("even", even), _checks.array("odd", odd)
    _checks.same_shape("odd", odd, even.shape)
    pools = _checks.pair("pool_size", pool_size, least=1)
    energy = _filtered(image, even) ** 2 + _filtered(image, odd) ** 2
    pooled: Array = max_pool2d(energy[None, None], pools)[0, 0]
    return pooled


def _filter(name: str, w: ArrayLike) -> Array:
    w = _checks.array(name, w, "KH KW")
    _checks.not_empty(f"{name}.shape", w.shape)
    return w


def _filtered(image: ArrayLike, w: Array) -> Array:
    image = _checks.array("image", image, "H W")
    _checks.not_empty("image.shape", image.shape)
    answer: Array = conv2d(image[None, None], w[None, None])[0, 0]
    return answer
