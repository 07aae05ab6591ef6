"""Problems: valid inputs of an operation, and the strategies that draw them.

Geometry first: kernel, dilation, stride and padding are drawn for each axis,
then an image in which at least one window fits. Then the data, by
`Domain.tensor`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from refspec.geometry import effective_kernel_size
from refspec.laws.domain import FRACTION, Domain

__all__ = [
    "Problem",
    "avg_pool_problems",
    "batch_norm_problems",
    "constant",
    "conv_problems",
    "pool_problems",
    "python_of",
]


class Problem(SimpleNamespace):
    """One valid input of an operation: arrays and options, by name.

    ``problem.on(conv2d)`` calls ``conv2d`` with all of them: arrays, bias and
    kernel size in the order given, the options by keyword.
    ``problem.on(conv2d, stride=1)`` does so with one of them changed. Lists
    become arrays of fractions, and the repr can be pasted back into Python.
    """

    def __init__(self, **values: Any) -> None:
        """Keep the values by name."""
        super().__init__(
            **{
                name: FRACTION.cast(value)
                if isinstance(value, list)
                else value
                for name, value in values.items()
            }
        )

    def on(self, operation: Callable[..., Any], **changes: Any) -> Any:
        """Call an operation on this problem, with some of it changed."""
        changed = self.but(**changes)
        arrays = [
            value
            for name, value in vars(changed).items()
            if _is_positional(name, value)
        ]
        return operation(*arrays, **changed.options)

    def but(self, **changes: Any) -> Problem:
        """Give the same problem with some of it changed."""
        return Problem(**{**vars(self), **changes})

    @property
    def options(self) -> dict[str, Any]:
        """All that is given by keyword."""
        return {
            name: value
            for name, value in vars(self).items()
            if not _is_positional(name, value)
        }

    def exactly(self) -> Problem:
        """Give the same problem in fractions: every float is one."""
        return Problem(
            **{
                name: FRACTION.cast(value)
                if isinstance(value, np.ndarray)
                else value
                for name, value in vars(self).items()
            }
        )

    def __repr__(self) -> str:
        """Write the problem as Python."""
        return python_of(self)


def _is_positional(name: str, value: Any) -> bool:
    return isinstance(value, np.ndarray) or name in {"b", "kernel_size"}


def python_of(value: Any) -> str:
    """Write a value as Python that makes it again.

    It needs ``np``, ``Fraction`` and ``Problem``, and ``nan`` and ``inf``.
    """
    if isinstance(value, Problem):
        inside = ", ".join(
            f"{name}={python_of(item)}" for name, item in vars(value).items()
        )
        return f"Problem({inside})"
    if isinstance(value, np.ndarray):
        cells = repr(value.tolist()) if value.size else ""
        shape = "" if value.size else f".reshape({value.shape})"
        return f"np.array({cells or '[]'}, dtype={value.dtype.name!r}){shape}"
    return repr(value)


def constant(values: Any) -> Callable[[Domain], st.SearchStrategy[Any]]:
    """Draw always the same numbers, such as a table of a slide."""
    return lambda domain: st.just(domain.numbers.cast(values))


class Axis(NamedTuple):
    """The geometry along one axis."""

    size: int
    kernel_size: int
    stride: int
    padding: tuple[int, int]
    dilation: int


@st.composite
def axes(
    draw: Any,
    domain: Domain,
    *,
    kernel_sizes: tuple[int, ...] = (1, 2, 3, 4),
    strides: tuple[int, ...] = (1, 2, 3, 5),
    dilations: tuple[int, ...] = (1, 2, 3),
    paddings: tuple[int, ...] = (0, 1, 2, 3, 5),
    real_cell: bool = False,
) -> Axis:
    """Draw kernel, stride, padding and dilation, then a size that fits.

    With `real_cell`, every window reads a pixel of the image.
    """
    k = draw(domain.among("kernel_size", kernel_sizes))
    s = draw(domain.among("stride", strides))
    d = draw(domain.among("dilation", dilations))
    reach = effective_kernel_size(k, d)
    if real_cell:
        paddings = tuple(p for p in paddings if p < reach)
    before = draw(domain.among("padding", paddings))
    after = draw(domain.among("padding", [before, *paddings]))
    least = max(1, reach - before - after)
    if real_cell and d > 1:
        least = max(least, d)
    size = least + draw(st.integers(0, 6))
    return Axis(size, k, s, (before, after), d)


def _pairs(rows: Axis, columns: Axis) -> dict[str, Any]:
    """Lay two axes together as the options of an operation."""
    return {
        "stride": (rows.stride, columns.stride),
        "padding": (rows.padding, columns.padding),
        "dilation": (rows.dilation, columns.dilation),
    }


@st.composite
def conv_problems(
    draw: Any,
    domain: Domain,
    *,
    batches: tuple[int, ...] = (1, 2, 0),
    groups: tuple[int, ...] = (1, 2, 3),
    bias: bool = True,
    **geometry: Any,
) -> Problem:
    """Draw x, w, b and the options of a convolution."""
    rows, columns = (draw(axes(domain, **geometry)) for _ in "HW")
    n = draw(domain.among("batch", batches))
    g = draw(domain.among("groups", groups))
    c, f = (g * draw(st.integers(1, 2)) for _ in "CF")
    arrays = {
        "x": domain.tensor(draw, (n, c, rows.size, columns.size)),
        "w": domain.tensor(
            draw, (f, c // g, rows.kernel_size, columns.kernel_size)
        ),
    }
    if bias:
        given = draw(st.booleans())
        arrays["b"] = domain.tensor(draw, (f,)) if given else None
    return Problem(**arrays, **_pairs(rows, columns), groups=g)


@st.composite
def pool_problems(
    draw: Any,
    domain: Domain,
    *,
    batches: tuple[int, ...] = (1, 2, 0),
    ceil_modes: tuple[bool, ...] = (False, True),
    **geometry: Any,
) -> Problem:
    """Draw x, kernel_size and the options of a pooling.

    Every window has a pixel: padding is less than the window's reach, and
    an image is not smaller than the dilation.
    """
    geometry = {"real_cell": True, **geometry}
    rows, columns = (draw(axes(domain, **geometry)) for _ in "HW")
    n = draw(domain.among("batch", batches))
    c = draw(st.integers(1, 2))
    return Problem(
        x=domain.tensor(draw, (n, c, rows.size, columns.size)),
        kernel_size=(rows.kernel_size, columns.kernel_size),
        **_pairs(rows, columns),
        ceil_mode=draw(domain.among("ceil_mode", ceil_modes)),
    )


@st.composite
def avg_pool_problems(draw: Any, domain: Domain, **geometry: Any) -> Problem:
    """Draw x, kernel_size and the options of a mean.

    A window wholly in the padding has a mean where padding is counted.
    Where quotients are rounded and the data is not real, every count is a
    power of two.
    """
    if not domain.numbers.divides and not domain.numbers.real:
        geometry = {"kernel_sizes": (1, 2), **geometry}
    counted = draw(domain.among("count_include_pad", [True, False]))
    geometry = {"real_cell": not counted, **geometry}
    problem = draw(pool_problems(domain, **geometry))
    return problem.but(count_include_pad=counted)


@st.composite
def batch_norm_problems(
    draw: Any, domain: Domain, *, batches: tuple[int, ...] = (2, 3, 5)
) -> Problem:
    """Draw x, gamma, beta and eps of a batch normalization in training."""
    n = draw(domain.among("batch", batches))
    c, *sizes = (draw(st.integers(1, 3)) for _ in "CHW")
    return Problem(
        x=domain.tensor(draw, (n, c, *sizes)),
        gamma=domain.tensor(draw, (c,)),
        beta=domain.tensor(draw, (c,)),
        eps=draw(domain.among("eps", [1.0, 2.0**-7, 1e-5])),
    )
