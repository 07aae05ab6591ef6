"""Sections 1, 3 and 5: weights and multiplications, counted.

Multiplications are counted per output cell, padding included: a weight times
a zero of the frame is one. They are not operations; nothing else is counted.
"""

from __future__ import annotations

from math import prod

from refspec import _checks
from refspec.geometry import PairLike

__all__ = [
    "conv_parameters",
    "conv_multiplications",
    "dense_parameters",
    "dense_multiplications",
    "separable_parameters",
    "separable_multiplications",
]


def conv_parameters(
    kernel_size: PairLike,
    in_channels: int,
    out_channels: int,
    *,
    groups: int = 1,
    bias: bool = True,
) -> int:
    r"""Count the parameters of a convolution.

    .. math:: K_H K_W \frac{C_{in}}{G} C_{out} + C_{out}

    Parameters
    ----------
    kernel_size : int or (KH, KW)
    in_channels, out_channels : int
    groups : int
        Divides both.
    bias : bool
        Whether each filter has one.

    Returns
    -------
    int
        The height and width of the image have no part in it.

    Raises
    ------
    ValueError
        If a size is not a positive integer, or the groups do not divide.

    Notes
    -----
    Claims: 1.8, 5.11.

    Examples
    --------
    >>> conv_parameters(5, 3, 6)
    456

    """
    kernel = _checks.pair("kernel_size", kernel_size, least=1)
    c = _checks.integer("in_channels", in_channels, least=1)
    f = _checks.integer("out_channels", out_channels, least=1)
    g = _checks.groups(groups, c, f)
    biases = f if _checks.flag("bias", bias) else 0
    return prod(kernel) * (c // g) * f + biases


def conv_multiplications(
    output_size: PairLike,
    kernel_size: PairLike,
    in_channels: int,
    out_channels: int,
    *,
    groups: int = 1,
) -> int:
    r"""Count the multiplications of a convolution of one image.

    .. math:: H_{out} W_{out} \cdot K_H K_W \frac{C_{in}}{G} C_{out}

    Parameters
    ----------
    output_size : int or (Ho, Wo)
        Of the answer; see `output_size`.
    kernel_size : int or (KH, KW)
    in_channels, out_channels : int
    groups : int
        Divides both.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If a size is not a positive integer, or the groups do not divide.

    Notes
    -----
    Claims: 5.2, 5.11.

    Examples
    --------
    >>> conv_multiplications(28, 5, 3, 6)
    352800

    """
    cells = _checks.pair("output_size", output_size, least=1)
    weights = conv_parameters(
        kernel_size, in_channels, out_channels, groups=groups, bias=False
    )
    return prod(cells) * weights


def dense_parameters(inputs: int, outputs: int, *, bias: bool = True) -> int:
    r"""Count the parameters of a dense layer.

    .. math:: I \cdot O + O

    Parameters
    ----------
    inputs, outputs : int
    bias : bool
        Whether each output has one.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If a size is not a positive integer.

    Notes
    -----
    Claims: 1.3, 7.2.

    Examples
    --------
    >>> dense_parameters(120, 84)
    10164

    """
    i = _checks.integer("inputs", inputs, least=1)
    o = _checks.integer("outputs", outputs, least=1)
    return i * o + (o if _checks.flag("bias", bias) else 0)


def dense_multiplications(inputs: int, outputs: int) -> int:
    r"""Count the multiplications of a dense layer for one example.

    .. math:: I \cdot O

    Parameters
    ----------
    inputs, outputs : int

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If a size is not a positive integer.

    Notes
    -----
    Claims: 1.3.

    Examples
    --------
    >>> dense_multiplications(120, 84)
    10080

    """
    return dense_parameters(inputs, outputs, bias=False)


def separable_parameters(
    kernel_size: PairLike, in_channels: int, out_channels: int
) -> int:
    r"""Count the weights of a depthwise separable convolution.

    .. math:: K_H K_W C_{in} + C_{in} C_{out}

    Parameters
    ----------
    kernel_size : int or (KH, KW)
    in_channels, out_channels : int

    Returns
    -------
    int
        Without biases, as the slide.

    Raises
    ------
    ValueError
        If a size is not a positive integer.

    Notes
    -----
    Claims: 5.10.

    Examples
    --------
    >>> separable_parameters(3, 64, 128)
    8768
    >>> conv_parameters(3, 64, 128, bias=False)
    73728

    """
    kernel = _checks.pair("kernel_size", kernel_size, least=1)
    c = _checks.integer("in_channels", in_channels, least=1)
    f = _checks.integer("out_channels", out_channels, least=1)
    return prod(kernel) * c + c * f


def separable_multiplications(
    output_size: PairLike,
    kernel_size: PairLike,
    in_channels: int,
    out_channels: int,
) -> int:
    r"""Count the multiplications of a separable convolution of one image.

    .. math:: H_{out} W_{out} (K_H K_W C_{in} + C_{in} C_{out})

    Parameters
    ----------
    output_size : int or (Ho, Wo)
    kernel_size : int or (KH, KW)
    in_channels, out_channels : int

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If a size is not a positive integer.

    Notes
    -----
    Claims: 5.10.

    Examples
    --------
    >>> separable_multiplications(28, 5, 3, 6)
    72912

    """
    cells = _checks.pair("output_size", output_size, least=1)
    weights = separable_parameters(kernel_size, in_channels, out_channels)
    return prod(cells) * weights
