"""PyTorch's functional API, and its autograd for every gradient.

What PyTorch refuses is left refused, or declared: nothing is computed in its
place. The only thing done for it is padding by hand where its own is the same
on both sides and at most half a kernel.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights
from torch.utils.flop_counter import FlopCounterMode

from refspec import _checks
from refspec._checks import Frame, Pair
from refspec._numbers import Array
from refspec.laws.domain import FLOAT32, FLOAT64, INT64, Unsupported
from refspec.oracle.formats import dtype_of
from refspec.oracle.implementations import Implementation

FLOATS = (FLOAT64, FLOAT32)
NO_PADDING = ((0, 0), (0, 0))


def _on(
    device: str,
    operation: Callable[..., Any],
    *,
    channels_last: bool = False,
    compiled: bool = False,
    tf32: bool = False,
    benchmark: bool = False,
) -> Callable[..., Any]:
    """Run an operation on tensors as one on arrays, in full precision.

    What PyTorch says with ``RuntimeError`` is a refusal like any other.
    """
    parameters = inspect.signature(operation).parameters.values()
    tensors = ["Tensor" in str(p.annotation) for p in parameters]
    run = operation
    if compiled:
        run = torch.compile(operation, dynamic=True)

    @wraps(operation)
    def on_arrays(*arguments: Any, **options: Any) -> Any:
        try:
            with (
                torch.device(device),
                torch.backends.cudnn.flags(
                    enabled=True,
                    benchmark=benchmark,
                    deterministic=True,
                    allow_tf32=tf32,
                ),
                warnings.catch_warnings(),
            ):
                warnings.simplefilter("ignore")  # "same" may copy its input
                if device == "cuda":
                    torch.backends.cuda.matmul.allow_tf32 = tf32
                moved = [
                    _tensor(argument, channels_last=channels_last)
                    if tensor
                    else argument
                    for tensor, argument in zip(
                        tensors, arguments, strict=False
                    )
                ]
                return _arrays(run(*moved, **options))
        except NotImplementedError:
            raise
        except RuntimeError as error:
            raise ValueError(f"{operation.__name__}: {error}") from error

    return on_arrays


def _tensor(array: Any, *, channels_last: bool = False) -> Tensor | None:
    """Copy an array to the device that is set."""
    if array is None:
        return None
    array = np.array(array)
    if array.dtype.name == "bfloat16":  # of ml_dtypes: NumPy has none
        copied = torch.tensor(array.view(np.int16)).view(torch.bfloat16)
    else:
        copied = torch.tensor(array)
    if channels_last and copied.ndim == 4:
        copied = copied.contiguous(memory_format=torch.channels_last)
    return copied


def _arrays(answer: Any) -> Any:
    if isinstance(answer, tuple):
        return tuple(_arrays(part) for part in answer)
    if not isinstance(answer, Tensor):
        return answer
    answer = answer.detach().cpu()
    if answer.dtype == torch.bfloat16:
        bits = answer.contiguous().view(torch.int16).numpy()
        return bits.view(dtype_of("bfloat16"))
    return answer.numpy()


def taking(function: Callable[..., Any], device: str) -> Callable[..., Any]:
    """Let a function of tensors be called with NumPy's arrays.

    Its signature stays, where it has one, and so do its errors and the
    settings of PyTorch. Tensors lie in memory as the arrays do, and what the
    function changes in them is changed in the arrays.

    Raises
    ------
    ImportError
        If there is no such device.

    """
    _find(device)

    @wraps(function)
    def on_arrays(*arguments: Any, **options: Any) -> Any:
        moved = [
            _laid(a, device) if isinstance(a, np.ndarray) else a
            for a in arguments
        ]
        options = {
            n: _laid(o, device) if isinstance(o, np.ndarray) else o
            for n, o in options.items()
        }
        answer = _arrays(function(*moved, **options))
        for array, tensor in zip(arguments, moved, strict=True):
            if isinstance(tensor, Tensor) and array.flags.writeable:
                array[...] = _arrays(tensor)
        return answer

    return on_arrays


def _laid(array: Array, device: str) -> Tensor:
    """Lay a tensor out as an array is; none has negative strides."""
    if any(stride < 0 for stride in array.strides):
        array = array.copy()
    narrow = array.dtype.name == "bfloat16"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it may be read-only
        seen = torch.from_numpy(array.view(np.int16) if narrow else array)
    seen = seen.view(torch.bfloat16) if narrow else seen
    if device == "cpu":
        return seen
    laid = torch.empty_strided(
        seen.shape, seen.stride(), dtype=seen.dtype, device=device
    )
    return laid.copy_(seen)


def _find(device: str) -> None:
    """Look for a device.

    Raises
    ------
    ImportError
        If there is none.

    """
    if device == "cuda" and not torch.cuda.is_available():
        raise ImportError("PyTorch finds no CUDA device")


def _gradients(
    function: Callable[..., Tensor], slope: Tensor, *at: Tensor
) -> tuple[Tensor, ...]:
    """Take the gradients of <function(at), slope> by autograd."""
    leaves = [tensor.requires_grad_() for tensor in at]
    return torch.autograd.grad(function(*leaves), leaves, slope)


def _pad(x: Tensor, frame: Frame, value: float = 0) -> Tensor:
    (top, bottom), (left, right) = frame
    return F.pad(x, (left, right, top, bottom), value=value)


def _frame(padding: Any) -> Frame:
    if padding == "valid":
        return NO_PADDING
    if isinstance(padding, str):
        raise Unsupported(f"padding={padding!r} here")
    return _checks.frame("padding", padding)


# Images and dense layers.


def flatten(x: Tensor, /) -> Tensor:
    """Lay an image out as a vector."""
    return x.flatten(start_dim=-3)


def unflatten(v: Tensor, /, *, shape: Any) -> Tensor:
    """Restore an image from its vector."""
    return v.reshape(*v.shape[:-1], *shape)


def hwc_to_chw(x: Tensor, /) -> Tensor:
    """Put the channels before the rows."""
    return x.movedim(-1, -3)


def chw_to_hwc(x: Tensor, /) -> Tensor:
    """Put the channels last."""
    return x.movedim(-3, -1)


def dense(x: Tensor, w: Tensor, b: Tensor | None = None, /) -> Tensor:
    """Weigh every input for every output."""
    return F.linear(x, w, b)


def dense_backward(dy: Tensor, x: Tensor, w: Tensor, /) -> tuple[Tensor, ...]:
    """Take the gradients through `F.linear`."""
    return _gradients(F.linear, dy, x, w, w.new_zeros(len(w)))


# Geometry.


def zero_pad(x: Tensor, /, padding: Any) -> Tensor:
    """Frame an image with zeros."""
    return _pad(x, _frame(padding))


def unpad(x: Tensor, /, padding: Any) -> Tensor:
    """Take a frame off: negative padding crops."""
    (top, bottom), (left, right) = _frame(padding)
    return F.pad(x, (-left, -right, -top, -bottom))


def windows(
    x: Tensor,
    kernel_size: Any,
    /,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
) -> Tensor:
    """Give the columns of `F.unfold` their shape back."""
    kernel = _checks.pair("kernel_size", kernel_size, least=1)
    padded = _pad(x, _frame(padding))
    batch = padded.reshape(-1, 1, *padded.shape[-2:])
    columns = F.unfold(batch, kernel, stride=stride, dilation=dilation)
    one = batch.new_ones(1, 1, *kernel)
    maps = F.conv2d(batch[:1], one, stride=stride, dilation=dilation)
    shape = *x.shape[:-2], *kernel, *maps.shape[-2:]
    return columns.reshape(shape).movedim((-4, -3), (-2, -1))


def coverage(
    sizes: Any,
    kernel_size: Any,
    /,
    *,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
) -> Tensor:
    """Fold windows of ones: `F.fold` adds up those that share a pixel."""
    h, w = _checks.pair("sizes", sizes, least=1)
    kernel = _checks.pair("kernel_size", kernel_size, least=1)
    (top, bottom), (left, right) = _frame(padding)
    image = torch.ones(1, 1, top + h + bottom, left + w + right)
    places: dict[str, Any] = {"stride": stride, "dilation": dilation}
    seen = F.fold(
        F.unfold(image, kernel, **places), image.shape[2:], kernel, **places
    )
    return F.pad(seen, (-left, -right, -top, -bottom))[0, 0].long()


# Convolution.


def window_response(window: Tensor, kernel: Tensor, /) -> Tensor:
    """Convolve one window: a single cell."""
    if window.shape != kernel.shape:
        raise Unsupported("a kernel that is not as large as its window")
    return feature_map(window, kernel)[0, 0]


def feature_map(image: Tensor, kernel: Tensor, /) -> Tensor:
    """Convolve one grey image."""
    return F.conv2d(image[None, None], kernel[None, None])[0, 0]


def conv2d(
    x: Tensor,
    w: Tensor,
    b: Tensor | None = None,
    /,
    *,
    stride: Any = 1,
    padding: Any = 0,
    **options: Any,
) -> Tensor:
    """Convolve, with PyTorch's own padding where it has it."""
    if padding == "same":
        if _checks.pair("stride", stride, least=1) != (1, 1):
            raise Unsupported('padding="same" with a stride')
        return F.conv2d(x, w, b, padding="same", **options)
    (top, bottom), (left, right) = _frame(padding)
    if (top, left) == (bottom, right):
        return F.conv2d(x, w, b, stride=stride, padding=(top, left), **options)
    x = _pad(x, ((top, bottom), (left, right)))
    return F.conv2d(x, w, b, stride=stride, **options)


def conv2d_backward(
    dy: Tensor, x: Tensor, w: Tensor, /, **options: Any
) -> tuple[Tensor, ...]:
    """Take the gradients through `F.conv2d`."""
    convolve = partial(conv2d, **options)
    return _gradients(convolve, dy, x, w, w.new_zeros(len(w)))


def conv_transpose2d(
    y: Tensor,
    w: Tensor,
    /,
    *,
    input_size: Any,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Transpose onto the padded image, and crop the padding off.

    Of the sizes whose convolution is as large as `y`, `output_padding`
    names the one that is meant.
    """
    frame = _frame(padding)
    sizes = _checks.pair("input_size", input_size, least=1)
    strides = _checks.pair("stride", stride, least=1)
    dilations = _checks.pair("dilation", dilation, least=1)
    beyond = [
        size + sum(sides) - ((out - 1) * s + (k - 1) * d + 1)
        for size, sides, out, s, k, d in zip(
            sizes, frame, y.shape[2:], strides, w.shape[2:], dilations,
            strict=True,
        )
    ]  # fmt: skip
    x = F.conv_transpose2d(
        y, w, stride=strides, output_padding=beyond, groups=groups,
        dilation=dilations,
    )  # fmt: skip
    (top, bottom), (left, right) = frame
    return F.pad(x, (-left, -right, -top, -bottom))


def dilate_kernel(w: Tensor, /, dilation: Any) -> Tensor:
    """Transpose a convolution with a single one, D cells apart."""
    cells = w.reshape(-1, 1, *w.shape[-2:])
    apart = F.conv_transpose2d(
        cells, cells.new_ones(1, 1, 1, 1), stride=dilation
    )
    return apart.reshape(*w.shape[:-2], *apart.shape[-2:])


def pointwise_conv2d(
    x: Tensor, w: Tensor, b: Tensor | None = None, /
) -> Tensor:
    """Convolve with kernels of 1 x 1."""
    return F.conv2d(x, w.reshape(*w.shape[:2], 1, 1), b)


def depthwise_conv2d(
    x: Tensor, w: Tensor, b: Tensor | None = None, /, **options: Any
) -> Tensor:
    """Convolve with as many groups as channels."""
    return conv2d(x, w, b, groups=x.shape[1], **options)


def separable_conv2d(
    x: Tensor,
    depthwise: Tensor,
    pointwise: Tensor,
    b: Tensor | None = None,
    /,
    **options: Any,
) -> Tensor:
    """Convolve channel by channel, then with kernels of 1 x 1."""
    return pointwise_conv2d(
        depthwise_conv2d(x, depthwise, **options), pointwise, b
    )


def conv_parameters(
    kernel_size: Any, in_channels: int, out_channels: int, **options: Any
) -> int:
    """Count the parameters of an `nn.Conv2d`."""
    layer = nn.Conv2d(
        in_channels, out_channels, kernel_size, device="meta", **options
    )
    return sum(p.numel() for p in layer.parameters())


def dense_parameters(inputs: int, outputs: int, **options: Any) -> int:
    """Count the parameters of an `nn.Linear`."""
    layer = nn.Linear(inputs, outputs, device="meta", **options)
    return sum(p.numel() for p in layer.parameters())


def _multiplications(layer: nn.Module, *shape: int) -> int:
    """Run a layer on no data: two operations are a product and a sum."""
    with FlopCounterMode(display=False) as counter:
        layer(torch.empty(shape, device="meta"))
    return int(counter.get_total_flops()) // 2


def conv_multiplications(
    output_size: Any,
    kernel_size: Any,
    in_channels: int,
    out_channels: int,
    *,
    groups: int = 1,
) -> int:
    """Let `FlopCounterMode` count a convolution."""
    (h, w), (kh, kw) = (
        _checks.pair("size", size, least=1)
        for size in (output_size, kernel_size)
    )
    layer = nn.Conv2d(
        in_channels, out_channels, (kh, kw), groups=groups, device="meta"
    )
    return _multiplications(layer, 1, in_channels, h + kh - 1, w + kw - 1)


def dense_multiplications(inputs: int, outputs: int) -> int:
    """Let `FlopCounterMode` count a dense layer."""
    layer = nn.Linear(inputs, outputs, device="meta")
    return _multiplications(layer, 1, inputs)


def effective_receptive_field(
    filters: Any, /, *, strides: Any = None, dilations: Any = None
) -> Tensor:
    """Take the gradient of one cell by autograd."""
    layers = [torch.tensor(np.array(w)) for w in filters]
    steps = list(
        zip(
            layers,
            strides or [1] * len(layers),
            dilations or [1] * len(layers),
            strict=True,
        )
    )
    x = layers[-1].new_zeros(1, len(layers[-1]), 1, 1)
    for w, s, d in reversed(steps):  # the image whose answer is one cell
        x = F.conv_transpose2d(x, w, stride=s, dilation=d)

    def through(y: Tensor) -> Tensor:
        for w, s, d in steps:
            y = F.conv2d(y, w, stride=s, dilation=d)
        return y.sum()

    (dx,) = _gradients(through, x.new_ones(()), x)
    return dx[0]


# Pooling.


def _parted(padding: Any, kernel: Pair, *, ceil: bool) -> tuple[Frame, Pair]:
    """Part padding into what is added by hand and what PyTorch adds.

    PyTorch's is the same on both sides, and at most half a kernel.
    """
    rows, columns = _frame(padding)
    own = (min(*rows, kernel[0] // 2), min(*columns, kernel[1] // 2))
    by_hand = (
        (rows[0] - own[0], rows[1] - own[0]),
        (columns[0] - own[1], columns[1] - own[1]),
    )
    if ceil and by_hand[0][1] + by_hand[1][1]:
        raise Unsupported("ceil_mode: a window may start in padding by hand")
    return by_hand, own


def max_pool2d(
    x: Tensor,
    kernel_size: Any,
    /,
    *,
    padding: Any = 0,
    ceil_mode: bool = False,
    **options: Any,
) -> Tensor:
    """Pad with what loses where PyTorch does not, then `F.max_pool2d`."""
    kernel = _checks.pair("kernel_size", kernel_size, least=1)
    by_hand, own = _parted(padding, kernel, ceil=ceil_mode)
    least = -torch.inf if x.is_floating_point() else torch.iinfo(x.dtype).min
    y: Tensor = F.max_pool2d(
        _pad(x, by_hand, least), kernel, padding=own, ceil_mode=ceil_mode,
        **options,
    )  # fmt: skip
    return y


def max_pool2d_backward(
    dy: Tensor, x: Tensor, kernel_size: Any, /, **options: Any
) -> Tensor:
    """Take the gradient through `F.max_pool2d`."""
    (dx,) = _gradients(lambda x: max_pool2d(x, kernel_size, **options), dy, x)
    return dx


def min_pool2d(x: Tensor, kernel_size: Any, /, **options: Any) -> Tensor:
    """Pool the negative: min(x) = -max(-x)."""
    return -max_pool2d(-x, kernel_size, **options)


def min_pool2d_backward(
    dy: Tensor, x: Tensor, kernel_size: Any, /, **options: Any
) -> Tensor:
    """Take the gradient through -max(-x)."""
    (dx,) = _gradients(lambda x: min_pool2d(x, kernel_size, **options), dy, x)
    return dx


def avg_pool2d(
    x: Tensor,
    kernel_size: Any,
    /,
    *,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    **options: Any,
) -> Tensor:
    """Pad by hand what is counted anyway, then `F.avg_pool2d`."""
    if _checks.pair("dilation", dilation, least=1) != (1, 1):
        raise Unsupported("a mean with dilation")
    kernel = _checks.pair("kernel_size", kernel_size, least=1)
    by_hand, own = _parted(padding, kernel, ceil=ceil_mode)
    if not count_include_pad and by_hand != NO_PADDING:
        raise Unsupported("padding that is neither even nor counted")
    return F.avg_pool2d(
        _pad(x, by_hand), kernel, padding=own, ceil_mode=ceil_mode,
        count_include_pad=count_include_pad, **options,
    )  # fmt: skip


def avg_pool2d_backward(
    dy: Tensor, x: Tensor, kernel_size: Any, /, **options: Any
) -> Tensor:
    """Take the gradient through `F.avg_pool2d`."""
    (dx,) = _gradients(lambda x: avg_pool2d(x, kernel_size, **options), dy, x)
    return dx


# Activation.


def relu(x: Tensor, /) -> Tensor:
    """Keep what is positive."""
    return F.relu(x)


def relu_backward(dy: Tensor, x: Tensor, /) -> Tensor:
    """Take the gradient through `F.relu`."""
    return _gradients(F.relu, dy, x)[0]


def sigmoid(x: Tensor, /) -> Tensor:
    """Squeeze between 0 and 1."""
    return torch.sigmoid(x)


def tanh(x: Tensor, /) -> Tensor:
    """Squeeze between -1 and 1."""
    return torch.tanh(x)


# Normalization.


def batch_statistics(x: Tensor, /) -> tuple[Tensor, Tensor]:
    """Take mean and biased variance over every axis but the channels'."""
    axes = [axis for axis in range(x.ndim) if axis != 1]
    variance, mean = torch.var_mean(x, axes, correction=0)
    return mean, variance


def batch_norm(
    x: Tensor, gamma: Tensor, beta: Tensor, /, *, eps: float = 1e-5
) -> Tensor:
    """Normalize over the batch."""
    return F.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)


def running_statistics(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    /,
    *,
    momentum: float = 0.1,
) -> tuple[Tensor, Tensor]:
    """Let `F.batch_norm` update its buffers in training."""
    F.batch_norm(x, mean, variance, training=True, momentum=momentum)
    return mean, variance


def batch_norm_inference(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    gamma: Tensor,
    beta: Tensor,
    /,
    *,
    eps: float = 1e-5,
) -> Tensor:
    """Normalize by statistics that are given."""
    return F.batch_norm(x, mean, variance, gamma, beta, eps=eps)


def batch_norm_backward(
    dy: Tensor, x: Tensor, gamma: Tensor, /, *, eps: float = 1e-5
) -> tuple[Tensor, ...]:
    """Take the gradients through `F.batch_norm`, in training."""

    def of(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        return F.batch_norm(x, None, None, gamma, beta, training=True, eps=eps)

    return _gradients(of, dy, x, gamma, torch.zeros_like(gamma))


def fold_batch_norm(
    w: Tensor,
    b: Tensor | None,
    mean: Tensor,
    variance: Tensor,
    gamma: Tensor,
    beta: Tensor,
    /,
    *,
    eps: float = 1e-5,
) -> tuple[Tensor, ...]:
    """Fold with `fuse_conv_bn_weights`."""
    return fuse_conv_bn_weights(w, b, mean, variance, eps, gamma, beta)


# Training.


def softmax(logits: Tensor, /) -> Tensor:
    """Turn scores into probabilities."""
    return F.softmax(logits, dim=1)


def softmax_backward(dy: Tensor, logits: Tensor, /) -> Tensor:
    """Take the gradient through `F.softmax`."""
    return _gradients(softmax, dy, logits)[0]


def cross_entropy(logits: Tensor, labels: Tensor, /) -> Tensor:
    """Take the mean loss."""
    return F.cross_entropy(logits, labels)


def cross_entropy_backward(logits: Tensor, labels: Tensor, /) -> Tensor:
    """Take the gradient of `F.cross_entropy`."""
    leaf = logits.requires_grad_()
    return torch.autograd.grad(F.cross_entropy(leaf, labels), leaf)[0]


def sgd_step(
    parameters: Tensor, gradients: Tensor, /, *, learning_rate: float
) -> Tensor:
    """Take a step of `torch.optim.SGD`."""
    parameters.requires_grad_().grad = gradients
    torch.optim.SGD([parameters], lr=learning_rate).step()
    return parameters


OPERATIONS = {
    operation.__name__: operation
    for operation in (
        flatten, unflatten, hwc_to_chw, chw_to_hwc, dense, dense_backward,
        zero_pad, unpad, windows, coverage,
        window_response, feature_map, conv2d, conv2d_backward,
        conv_transpose2d, dilate_kernel, pointwise_conv2d, depthwise_conv2d,
        separable_conv2d, conv_parameters, conv_multiplications,
        dense_parameters, dense_multiplications, effective_receptive_field,
        max_pool2d, max_pool2d_backward, avg_pool2d, avg_pool2d_backward,
        min_pool2d, min_pool2d_backward,
        relu, relu_backward, sigmoid, tanh,
        batch_statistics, batch_norm, running_statistics, batch_norm_inference,
        batch_norm_backward, fold_batch_norm,
        softmax, softmax_backward, cross_entropy, cross_entropy_backward,
        sgd_step,
    )
}  # fmt: skip
"""By public name."""

INTEGERS = frozenset({
    "flatten", "unflatten", "hwc_to_chw", "chw_to_hwc", "dense", "zero_pad",
    "unpad", "coverage", "window_response", "feature_map", "conv2d",
    "conv_transpose2d", "dilate_kernel", "pointwise_conv2d",
    "depthwise_conv2d", "separable_conv2d", "conv_parameters",
    "conv_multiplications", "dense_parameters", "dense_multiplications",
    "max_pool2d", "min_pool2d", "relu",
})  # fmt: skip
"""What takes int64 on the CPU and gives all of the answer.

`F.avg_pool2d` takes it and truncates; autograd and `F.unfold` refuse it.
"""


COMPILED = {
    "coverage": "it is called without a tensor",
    "conv_parameters": "it counts", "conv_multiplications": "it counts",
    "dense_parameters": "it counts", "dense_multiplications": "it counts",
    "effective_receptive_field": "its filters are a list",
    "sgd_step": "its optimizer is no function",
}  # fmt: skip
"""What `torch.compile` is not put to, and why."""


def load(
    device: str = "cpu",
    *,
    channels_last: bool = False,
    compiled: bool = False,
    tf32: bool = False,
    benchmark: bool = False,
) -> Implementation:
    """Offer what PyTorch has on a device; CUDA has floats only.

    Parameters
    ----------
    device : str
    channels_last : bool
        Whether images and filters lie in memory with the channels last.
    compiled : bool
        Whether each operation goes through `torch.compile`.
    tf32 : bool
        Whether products may be of float32 that is cut to TF32.
    benchmark : bool
        Whether cuDNN tries its kernels and takes the fastest.

    Raises
    ------
    ImportError
        If there is no such device, or no compiler of C++.

    """
    _find(device)
    if compiled:
        _find_compiler()
    integers = device == "cpu"
    name = "torch" if device == "cpu" else f"torch-{device}"
    name += "-channels-last" * channels_last + "-compile" * compiled
    name += "-tf32" * tf32 + "-benchmark" * benchmark
    offered = {
        n: o
        for n, o in OPERATIONS.items()
        if not compiled or n not in COMPILED
    }
    return Implementation(
        name=name,
        version=torch.__version__,
        operations={
            n: _on(
                device,
                o,
                channels_last=channels_last,
                compiled=compiled,
                tf32=tf32,
                benchmark=benchmark,
            )
            for n, o in offered.items()
        },
        numbers=(INT64, *FLOATS) if integers else FLOATS,
        number_limits={
            name: FLOATS
            for name in offered
            if integers and name not in INTEGERS
        },
        supports={
            name: {"dilation": frozenset({1})}
            for name in ("avg_pool2d", "avg_pool2d_backward")
        },
    )


MANY = 1_000_000


def _find_compiler() -> None:
    """Look for the compiler of C++ that `torch.compile` will call."""
    from torch._dynamo import config
    from torch._inductor.cpp_builder import get_cpp_compiler
    from torch._inductor.exc import InvalidCxxCompiler

    try:
        get_cpp_compiler()
    except InvalidCxxCompiler as error:
        raise ImportError(
            "torch.compile finds no compiler of C++: install g++ or set CXX"
        ) from error
    # past its limit it would go on without compiling, and say nothing
    config.recompile_limit = MANY
    config.accumulated_recompile_limit = MANY
