"""Problems of the convolution and of its relatives."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from refspec.geometry import output_size
from refspec.laws.domain import Domain
from refspec.laws.problems.axes import PATHS, axes, edges_of, options
from refspec.laws.problems.problem import Problem

__all__ = [
    "conv_problems",
    "conv_slopes",
    "depthwise_problems",
    "feature_map_problems",
    "kernel_problems",
    "output_sizes",
    "pointwise_problems",
    "response_problems",
    "separable_problems",
    "transpose_problems",
]


MATRIX = ("channels", "filters")
"""The dimensions that a convolution's product of matrices has."""


@st.composite
def conv_problems(
    draw: Any,
    /,
    domain: Domain,
    *,
    batches: tuple[int, ...] = (1, 2, 0),
    groups: tuple[int, ...] = (1, 2, 3),
    channels: tuple[int, ...] = (1, 2, 3),
    filters: tuple[int, ...] = (1, 2),
    bias: bool = True,
    **geometry: Any,
) -> Problem:
    """Draw x, w, b and the options of a convolution.

    There are `channels` and `filters` for each group.
    """
    names = [n for n, c in zip(MATRIX, (channels, filters), strict=True)
             if len(c) > 1]  # fmt: skip
    square = ["square"] if len(names) > 1 else []
    edge, most, per_axis = edges_of(
        draw, domain, *names, *square, "groups", "batch"
    )
    if edge in {*MATRIX, "square"} and not geometry and draw(st.booleans()):
        geometry = PATHS[-1]
    elif domain.free and not geometry and draw(st.integers(0, 3)) == 3:
        geometry = draw(st.sampled_from((*PATHS, PATHS[-1])))
        if len(groups) > 1:
            groups = domain.values("groups", (1,))  # most have no others
    rows, columns = (
        draw(axes(domain, edge=each, **geometry)) for each in per_axis
    )
    large = dict.fromkeys(MATRIX if edge == "square" else (edge,), (most,))
    n = draw(domain.among("batch", large.get("batch", batches)))
    g = draw(domain.among("groups", large.get("groups", groups)))
    if len(channels) > 1:
        channels = large.get("channels", channels)
    if len(filters) > 1:
        filters = large.get("filters", filters)
    c, f = (
        g * draw(domain.among(name, each))
        for name, each in (("channels", channels), ("filters", filters))
    )
    arrays: dict[str, Any] = {
        "x": domain.tensor(draw, (n, c, rows.size, columns.size)),
        "w": domain.tensor(
            draw, (f, c // g, rows.kernel_size, columns.kernel_size)
        ),
    }
    if bias:
        given = draw(domain.among("bias", (False, True)))
        arrays["b"] = domain.tensor(draw, (f,)) if given else None
    return Problem(**arrays, **options(rows, columns), groups=g)


def output_sizes(p: Problem) -> tuple[int, int]:
    """Count the windows of a convolution along both axes."""
    rows, columns = (
        output_size(size, k, stride=s, padding=frame, dilation=d)
        for size, k, s, frame, d in zip(
            p.x.shape[2:], p.w.shape[2:], p.stride, p.padding, p.dilation,
            strict=True,
        )
    )  # fmt: skip
    return rows, columns


@st.composite
def conv_slopes(draw: Any, /, domain: Domain, **narrower: Any) -> Problem:
    """Draw dy, x, w: a convolution with a gradient for its answer."""
    p = draw(conv_problems(domain, bias=False, **narrower))
    dy = domain.tensor(draw, (len(p.x), len(p.w), *output_sizes(p)))
    return Problem(dy=dy, **vars(p))


@st.composite
def transpose_problems(
    draw: Any, /, domain: Domain, **narrower: Any
) -> Problem:
    """Draw y, w and the options of an adjoint."""
    p = draw(conv_slopes(domain, **narrower))
    return Problem(y=p.dy, w=p.w, input_size=p.x.shape[2:], **p.options)


@st.composite
def depthwise_problems(
    draw: Any, /, domain: Domain, *, multipliers: tuple[int, ...] = (1, 2),
    **narrower: Any,
) -> Problem:  # fmt: skip
    """Draw x, w, b and the options of a depthwise convolution."""
    p = draw(
        conv_problems(domain, channels=(1,), filters=multipliers, **narrower)
    )
    values = {k: v for k, v in vars(p).items() if k != "groups"}
    return Problem(**values)


@st.composite
def pointwise_problems(
    draw: Any,
    domain: Domain,
    *,
    bias: bool = True,
    kernel: tuple[tuple[int, ...], ...] = ((), (1, 1)),
) -> Problem:
    """Draw x, w and b of a 1 x 1 convolution."""
    edge, most = draw(
        domain.edge("channels", "filters", "rows", "columns", "batch")
    )
    large = {edge: (most,)}
    n = draw(domain.among("batch", large.get("batch", (1, 2, 0))))
    c, f, h, width = (
        draw(domain.among(name, large.get(name, (1, 2, 3))))
        for name in ("channels", "filters", "rows", "columns")
    )
    given = bias and draw(domain.among("bias", (False, True)))
    return Problem(
        x=domain.tensor(draw, (n, c, h, width)),
        w=domain.tensor(draw, (f, c, *draw(st.sampled_from(kernel)))),
        b=domain.tensor(draw, (f,)) if given else None,
    )


@st.composite
def separable_problems(
    draw: Any, /, domain: Domain, **narrower: Any
) -> Problem:
    """Draw x, depthwise, pointwise, b and the options of a separable one."""
    p = draw(depthwise_problems(domain, bias=False, **narrower))
    f = draw(st.sampled_from((1, 17) if domain.turn else (1, 2)))
    given = draw(st.booleans())
    return Problem(
        x=p.x,
        depthwise=p.w,
        pointwise=domain.tensor(draw, (f, len(p.w))),
        b=domain.tensor(draw, (f,)) if given else None,
        **p.options,
    )


@st.composite
def response_problems(draw: Any, domain: Domain) -> Problem:
    """Draw a window and a kernel of its size."""
    edge, most = draw(domain.edge("rows", "columns"))
    shape = tuple(
        most if edge == name else draw(st.integers(1, 4))
        for name in ("rows", "columns")
    )
    return Problem(
        window=domain.tensor(draw, shape), kernel=domain.tensor(draw, shape)
    )


@st.composite
def feature_map_problems(draw: Any, domain: Domain) -> Problem:
    """Draw a grey image, and a kernel that fits in it."""
    edge, most = draw(domain.edge("rows", "columns", "kernel_size"))
    sizes = (1, 2, 3) if edge != "kernel_size" else (1, most)
    kernel = (draw(st.sampled_from(sizes)), draw(st.sampled_from(sizes)))
    shape = tuple(
        k + (most if edge == name else draw(st.integers(0, 4)))
        for k, name in zip(kernel, ("rows", "columns"), strict=True)
    )
    return Problem(
        image=domain.tensor(draw, shape), kernel=domain.tensor(draw, kernel)
    )


@st.composite
def kernel_problems(draw: Any, domain: Domain) -> Problem:
    """Draw a kernel, or filters of them, and a dilation."""
    edge, most = draw(domain.edge("kernel_size", "filters"))
    stacks = [(), (2,), (2, 3)] if edge != "filters" else [(most,), (most, 3)]
    leading = draw(st.sampled_from(stacks))
    sizes = (1, 2, 3) if edge != "kernel_size" else (1, most)
    size = (draw(st.sampled_from(sizes)), draw(st.sampled_from(sizes)))
    dilation = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    return Problem(w=domain.tensor(draw, (*leading, *size)), dilation=dilation)
