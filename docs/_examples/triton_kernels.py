"""Kernels in Triton: two that are right, and four as they are often wrong.

They run on a GPU, and with ``TRITON_INTERPRET=1`` on the CPU::

    check("docs/_examples/triton_kernels.py:conv2d", arrays="torch")

One program computes a row of one map, or `TILE` cells of it. Groups,
``"same"`` and ceil mode are left out: what a signature lacks is not asked.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl

TILE = 16
"""Cells of a row that one program computes."""

Frame = tuple[tuple[int, int], tuple[int, int]]


@triton.jit
def _min_pool_kernel(
    x, y, H, W, P, Q, KH, KW, SH, SW, top, left, DH, DW, outside,
    BLOCK: tl.constexpr,
):  # fmt: skip
    """Take the least of each window: `outside` is what padding holds."""
    row = tl.program_id(0) % P
    plane = (tl.program_id(0) // P).to(tl.int64)
    columns = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    rows = row + tl.zeros((BLOCK,), tl.int32)  # a mask must be a vector
    least = tl.full((BLOCK,), float("inf"), tl.float32)
    for i in range(KH):
        h = rows * SH - top + i * DH
        for j in range(KW):
            w = columns * SW - left + j * DW
            inside = (columns < Q) & (h >= 0) & (h < H) & (w >= 0) & (w < W)
            read = tl.load(
                x + (plane * H + h) * W + w, mask=inside, other=outside
            )
            least = tl.minimum(least, read, tl.PropagateNan.ALL)
    tl.store(y + (plane * P + row) * Q + columns, least, mask=columns < Q)


@triton.jit
def _conv_kernel(
    x, w, b, y, F, C, H, W, P, Q, KH, KW, SH, SW, top, left, DH, DW,
    BIAS: tl.constexpr, SUMS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Add up the products of each window in the number type SUMS."""
    row = tl.program_id(0) % P
    plane = (tl.program_id(0) // P).to(tl.int64)
    n, f = plane // F, plane % F
    columns = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    rows = row + tl.zeros((BLOCK,), tl.int32)  # a mask must be a vector
    total = tl.zeros((BLOCK,), SUMS)
    for c in range(C):
        for i in range(KH):
            h = rows * SH - top + i * DH
            for j in range(KW):
                v = columns * SW - left + j * DW
                inside = (columns < Q) & (v >= 0) & (v < W)
                inside = inside & (h >= 0) & (h < H)
                read = tl.load(
                    x + ((n * C + c) * H + h) * W + v, mask=inside, other=0.0
                )
                weight = tl.load(w + ((f * C + c) * KH + i) * KW + j)
                total = (total + tl.where(inside, read * weight, 0.0)).to(SUMS)
    if BIAS:
        total = (total + tl.load(b + f)).to(SUMS)
    tl.store(
        y + (plane * P + row) * Q + columns, total.to(tl.float32),
        mask=columns < Q,
    )  # fmt: skip


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def _frame(padding: Any) -> Frame:
    if isinstance(padding, str):
        raise NotImplementedError(f"padding={padding!r}")
    rows, columns = _pair(padding)
    return _pair(rows), _pair(columns)


def _places(
    x: torch.Tensor, kernel: Any, stride: Any, padding: Any, dilation: Any
) -> tuple[tuple[int, int], tuple[int, ...]]:
    """Give the sizes of an answer, and the geometry as kernels take it."""
    kernel, stride, dilation = _pair(kernel), _pair(stride), _pair(dilation)
    frame = _frame(padding)
    sizes = tuple(
        (size + sum(sides) - (k - 1) * d - 1) // s + 1
        for size, sides, k, s, d in zip(
            x.shape[2:], frame, kernel, stride, dilation, strict=True
        )
    )
    if x.ndim != 4 or min(sizes) < 1:
        raise ValueError(f"no window fits in {tuple(x.shape)}")
    before = frame[0][0], frame[1][0]
    return sizes, (
        *x.shape[2:], *sizes, *kernel, *stride, *before, *dilation
    )  # fmt: skip


def _min_pool(
    x: torch.Tensor, kernel: Any, stride: Any, padding: Any, dilation: Any,
    *, outside: float = float("inf"), tiles: int = 0,
) -> torch.Tensor:  # fmt: skip
    stride = kernel if stride is None else stride
    sizes, geometry = _places(x, kernel, stride, padding, dilation)
    y = torch.zeros((*x.shape[:2], *sizes), dtype=x.dtype, device=x.device)
    grid = y.shape[0] * y.shape[1] * sizes[0], tiles or -(-sizes[1] // TILE)
    if y.numel():
        _min_pool_kernel[grid](
            x.contiguous(), y, *geometry, outside, BLOCK=TILE
        )
    return y


def _conv(
    x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None,
    stride: Any, padding: Any, dilation: Any,
    *, sums: Any = tl.float32, swapped: bool = False,
) -> torch.Tensor:  # fmt: skip
    sizes, geometry = _places(x, w.shape[2:], stride, padding, dilation)
    if w.ndim != 4 or w.shape[1] != x.shape[1]:
        raise ValueError(f"filters of shape {tuple(w.shape)}")
    if b is not None and b.shape != w.shape[:1]:
        raise ValueError(f"a bias of shape {tuple(b.shape)}")
    if swapped:  # stride and dilation, as the kernel is given them
        *before, sh, sw, top, left, dh, dw = geometry
        geometry = *before, dh, dw, top, left, sh, sw
    y = torch.zeros((len(x), len(w), *sizes), dtype=x.dtype, device=x.device)
    grid = len(x) * len(w) * sizes[0], -(-sizes[1] // TILE)
    if y.numel():
        _conv_kernel[grid](
            x.contiguous(), w.contiguous(),
            w if b is None else b.contiguous(), y, len(w), w.shape[1],
            *geometry, BIAS=b is not None, SUMS=sums, BLOCK=TILE,
        )  # fmt: skip
    return y


# Right.


def min_pool2d(
    x: torch.Tensor, kernel_size: Any, /, *, stride: Any = None,
    padding: Any = 0, dilation: Any = 1,
) -> torch.Tensor:  # fmt: skip
    """Take the least of each window; padding never is."""
    return _min_pool(x, kernel_size, stride, padding, dilation)


def conv2d(
    x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None = None, /, *,
    stride: Any = 1, padding: Any = 0, dilation: Any = 1,
) -> torch.Tensor:  # fmt: skip
    """Convolve: a program for each row of each map."""
    return _conv(x, w, b, stride, padding, dilation)


# Wrong.


def min_pool2d_padded_with_zeros(
    x: torch.Tensor, kernel_size: Any, /, *, stride: Any = None,
    padding: Any = 0, dilation: Any = 1,
) -> torch.Tensor:  # fmt: skip
    """Load 0 where the mask is off, as a convolution does."""
    return _min_pool(
        x, kernel_size, stride, padding, dilation, outside=0.0
    )  # fmt: skip


def min_pool2d_first_tile(
    x: torch.Tensor, kernel_size: Any, /, *, stride: Any = None,
    padding: Any = 0, dilation: Any = 1,
) -> torch.Tensor:  # fmt: skip
    """Launch one program for a row, however long the row is."""
    return _min_pool(x, kernel_size, stride, padding, dilation, tiles=1)


def conv2d_sums_in_float16(
    x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None = None, /, *,
    stride: Any = 1, padding: Any = 0, dilation: Any = 1,
) -> torch.Tensor:  # fmt: skip
    """Add up in float16, though data and answers are float32."""
    return _conv(x, w, b, stride, padding, dilation, sums=tl.float16)


def conv2d_stride_for_dilation(
    x: torch.Tensor, w: torch.Tensor, b: torch.Tensor | None = None, /, *,
    stride: Any = 1, padding: Any = 0, dilation: Any = 1,
) -> torch.Tensor:  # fmt: skip
    """Step by the dilation inside the kernel, and by the stride in it."""
    return _conv(x, w, b, stride, padding, dilation, swapped=True)
