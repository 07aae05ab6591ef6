"""SciPy and PyTorch: what they offer, what they lack, and what is caught."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pytest

import refspec
from refspec.laws import LAWS
from refspec.laws.domain import FLOAT64, INT64, Unsupported
from refspec.oracle import check_law, load
from refspec.oracle.implementations import NAMES

torch = pytest.importorskip("torch", reason="an extra")
ndimage = pytest.importorskip("scipy.ndimage", reason="an extra")
signal = pytest.importorskip("scipy.signal", reason="an extra")

REFERENCE = load("refspec")
OTHERS = {name: load(name) for name in ("scipy", "torch")}
OFFERED = [
    pytest.param(name, operation, id=f"{name}-{operation}")
    for name, other in OTHERS.items()
    for operation in other.operations
]
IMAGE = np.arange(24.0).reshape(1, 2, 3, 4)
KERNEL = np.arange(1.0, 9.0).reshape(1, 2, 2, 2)


def _equal(got, expected):
    np.testing.assert_array_equal(got, expected, strict=True)


# What is offered.


@pytest.mark.parametrize(("name", "operation"), OFFERED)
def test_only_public_operations_are_offered(name, operation):
    """An adapter speaks of what the specification defines."""
    assert operation in refspec.__all__, name


@pytest.mark.parametrize(("name", "operation"), OFFERED)
def test_the_signature_is_the_reference_s(name, operation):
    """Whatever call fits the definition fits the adapter."""
    theirs = inspect.signature(OTHERS[name].operations[operation])
    ours = inspect.signature(getattr(refspec, operation)).parameters.values()
    arrays = [p for p in ours if p.kind is not p.KEYWORD_ONLY]
    options = {p.name: None for p in ours if p.kind is p.KEYWORD_ONLY}
    needed = [p for p in arrays if p.default is p.empty]
    theirs.bind(*arrays, **options)
    theirs.bind(*needed, **{
        p.name: None
        for p in ours
        if p.kind is p.KEYWORD_ONLY and p.default is p.empty
    })  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_every_limit_is_of_something_offered(name):
    """Limits name operations that are there, and number types put to it."""
    other = OTHERS[name]
    assert set(other.supports) <= set(other.operations)
    assert set(other.number_limits) <= set(other.operations)
    assert all(
        set(numbers) < set(other.numbers)
        for numbers in other.number_limits.values()
    )


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("law", LAWS)
def test_what_is_not_offered_is_not_supported(law, name):
    """A law about an operation that is missing is reported, not passed."""
    missing = set(LAWS[law].operations) - set(OTHERS[name].operations)
    if missing:
        assert check_law(law, OTHERS[name]).verdict == "unsupported"


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("scipy", "relu"),
        ("scipy", "max_pool2d_backward"),
        ("scipy", "batch_norm"),
        ("torch", "to_grayscale"),
        ("torch", "gabor"),
    ],
)
def test_what_a_library_lacks_is_not_made_up(name, operation):
    """No adapter computes what its library does not have."""
    assert operation not in OTHERS[name].operations


def test_cuda_is_there_or_says_why_not():
    """Without a GPU, asking for one says that there is none."""
    if torch.cuda.is_available():
        assert load("torch-cuda").name == "torch-cuda"
    else:
        with pytest.raises(ImportError, match="no CUDA device"):
            load("torch-cuda")


def test_every_name_is_its_implementation_s():
    """An implementation is loaded under the name that it has."""
    assert [load(n).name for n in OTHERS] == list(OTHERS)
    assert {"refspec", *OTHERS, "torch-cuda"} <= set(NAMES)


# How it is called.

PADDINGS = [1, (1, 0), ((0, 1), (2, 0)), "valid", "same"]


@pytest.mark.parametrize("padding", PADDINGS)
@pytest.mark.parametrize("name", OTHERS)
def test_padding_is_spelled_as_in_the_reference(name, padding):
    """Every way to write padding means the same."""
    conv2d = OTHERS[name].operations["conv2d"]
    got = conv2d(IMAGE, KERNEL, padding=padding)
    _equal(got, refspec.conv2d(IMAGE, KERNEL, padding=padding))


@pytest.mark.parametrize("name", OTHERS)
def test_a_bias_may_be_none(name):
    """No bias is a bias of zeros."""
    conv2d = OTHERS[name].operations["conv2d"]
    without = conv2d(IMAGE, KERNEL, None)
    _equal(without, conv2d(IMAGE, KERNEL, np.zeros(1)))
    _equal(without, conv2d(IMAGE, KERNEL))


@pytest.mark.parametrize(
    "law",
    [
        law
        for law in LAWS.values()
        if law.decides and law.operations[0] in OTHERS["torch"].operations
    ],
    ids=lambda law: law.operations[0],
)
def test_arguments_are_left_as_they_were(law):
    """An adapter neither changes its arguments nor answers with them."""
    (operation,) = law.operations

    def watched(function):
        def on(*arguments, **options):
            arrays = [a for a in arguments if isinstance(a, np.ndarray)]
            before = [a.copy() for a in arrays]
            answer = function(*arguments, **options)
            for old, new in zip(before, arrays, strict=True):
                _equal(new, old)
            parts = answer if isinstance(answer, tuple) else (answer,)
            assert not any(
                np.shares_memory(part, a) for part in parts for a in arrays
            )
            return answer

        return on

    for other in OTHERS.values():
        if operation in other.operations:
            mine = {operation: watched(other.operations[operation])}
            finding = check_law(
                law, replace(other, operations=mine), examples=10
            )
            assert finding.verdict == "holds", str(finding)


@pytest.mark.parametrize("name", OTHERS)
def test_an_array_may_lie_in_memory_as_it_likes(name):
    """Turned, strided and read-only arrays are as good as any."""
    conv2d = OTHERS[name].operations["conv2d"]
    turned = KERNEL[..., ::-1, ::-1]
    strided = np.repeat(IMAGE, 2, axis=3)[..., ::2]
    strided.flags.writeable = False
    expected = refspec.conv2d(IMAGE, turned.copy())
    _equal(conv2d(strided, turned), expected)


@pytest.mark.parametrize("name", OTHERS)
def test_large_integers_are_exact(name):
    """An int64 convolution does not go through a float."""
    assert INT64 in OTHERS[name].numbers_of(("conv2d",))
    x = np.array([[[[2**60 + 1]]]])
    _equal(OTHERS[name].operations["conv2d"](x, np.array([[[[1]]]])), x)


# Every declared limit is one of the library.


def test_ndimage_sends_integers_through_doubles():
    """A maximum of int64 is off by one: the SciPy adapter has floats only."""
    assert INT64 not in OTHERS["scipy"].numbers_of(("max_pool2d",))
    row = np.array([2**60 + 1, 0])
    _equal(ndimage.maximum_filter(row, size=2), np.array([2**60, 2**60]))


def test_correlate2d_swaps_a_larger_kernel():
    """SciPy answers where the kernel does not fit; the adapter does not."""
    small, large = IMAGE[0, 0, :1, :2], IMAGE[0, 0, :, :3]
    assert signal.correlate2d(small, large, mode="valid").shape == (3, 2)
    with pytest.raises(Unsupported, match="swaps its operands"):
        OTHERS["scipy"].operations["feature_map"](small, large)


@pytest.mark.parametrize("kernel_size", range(1, 7))
def test_same_is_correlate2d_s_and_not_convolve2d_s(kernel_size):
    """With the kernel turned, an even one's extra cell changes sides."""
    row = np.array([[1.0, 2.0, 4.0, 8.0, 16.0, 32.0]])
    kernel = 10.0 ** np.arange(kernel_size)[None]
    (same,) = refspec.conv2d([[row]], [[kernel]], padding="same")[0]
    _equal(signal.correlate2d(row, kernel, mode="same"), same)
    turned = signal.convolve2d(row, kernel[:, ::-1], mode="same")
    assert (turned == same).all() == (kernel_size % 2 == 1)


def test_uniform_filter_remembers_what_has_left_the_window():
    """Its running sum loses small pixels behind a large one."""
    row = np.array([2.0**60, 1.0, 1.0, 1.0, 1.0])
    assert ndimage.uniform_filter(row, 2, mode="constant")[-1] != 1
    pooled = OTHERS["scipy"].operations["avg_pool2d"](
        row[None, None, None], (1, 2), stride=1
    )
    assert pooled[..., -1] == 1


@pytest.mark.parametrize("operation", ["max_pool2d", "min_pool2d"])
def test_scipy_has_no_overhanging_windows(operation):
    """Ceil mode is not supported, whether declared or asked for."""
    supports = OTHERS["scipy"].supports[operation]
    assert supports["ceil_mode"] == {False}
    with pytest.raises(Unsupported, match="ceil_mode"):
        OTHERS["scipy"].operations[operation](IMAGE, 2, ceil_mode=True)


def test_scipy_slides_over_no_empty_batch():
    """Loops over images have no shape to give where there is none."""
    assert 0 not in OTHERS["scipy"].supports["conv2d"]["batch"]
    with pytest.raises(Unsupported, match="empty batch"):
        OTHERS["scipy"].operations["conv2d"](IMAGE[:0], KERNEL)


def test_a_mean_of_integers_truncates():
    """PyTorch means of int64 are cut off: the adapter has floats only."""
    assert INT64 not in OTHERS["torch"].numbers_of(("avg_pool2d",))
    x = torch.tensor([[[[0, 1]]]])
    assert torch.nn.functional.avg_pool2d(x, (1, 2)).item() == 0


@pytest.mark.parametrize("pool", ["max_pool2d", "avg_pool2d"])
def test_pooling_refuses_padding_above_half_a_kernel(pool):
    """PyTorch refuses; the adapter pads by hand what it can."""
    function = getattr(torch.nn.functional, pool)
    with pytest.raises(RuntimeError, match="half of"):
        function(torch.from_numpy(IMAGE), 2, padding=2)
    got = OTHERS["torch"].operations[pool](
        IMAGE, 2, stride=1, padding=((1, 0), (0, 1))
    )
    want = getattr(refspec, pool)(IMAGE, 2, stride=1, padding=((1, 0), (0, 1)))
    _equal(got, want)


def test_a_mean_has_no_dilation():
    """PyTorch's mean takes none; declared, and refused where asked for."""
    with pytest.raises(TypeError, match="unexpected keyword"):
        torch.nn.functional.avg_pool2d(torch.from_numpy(IMAGE), 2, dilation=2)
    assert OTHERS["torch"].supports["avg_pool2d"]["dilation"] == {1}
    with pytest.raises(Unsupported, match="dilation"):
        OTHERS["torch"].operations["avg_pool2d"](IMAGE, 2, dilation=2)


def test_padding_by_hand_is_a_pixel_to_a_mean_that_counts_none():
    """Where padding is not counted, PyTorch must add it itself."""
    avg_pool2d = OTHERS["torch"].operations["avg_pool2d"]
    with pytest.raises(Unsupported, match="neither even nor counted"):
        avg_pool2d(IMAGE, 2, padding=((1, 0), (0, 0)), count_include_pad=False)


def test_padding_by_hand_is_input_to_ceil_mode():
    """A window that starts in the padding is dropped, one in the input not.

    So PyTorch has one window more where the padding was added before.
    """
    x = torch.ones(1, 1, 1, 3)
    own = torch.nn.functional.max_pool2d(
        x, (1, 2), stride=(1, 4), padding=(0, 1), ceil_mode=True
    )
    by_hand = torch.nn.functional.max_pool2d(
        torch.nn.functional.pad(x, (1, 1)), (1, 2), stride=(1, 4),
        ceil_mode=True,
    )  # fmt: skip
    assert (own.shape[-1], by_hand.shape[-1]) == (1, 2)
    with pytest.raises(Unsupported, match="ceil_mode"):
        OTHERS["torch"].operations["max_pool2d"](
            x.numpy(), (1, 2), padding=((0, 0), (0, 1)), ceil_mode=True
        )


def test_same_padding_refuses_a_stride():
    """PyTorch has "same" for stride 1 only."""
    with pytest.raises(RuntimeError, match="not supported for strided"):
        torch.nn.functional.conv2d(
            torch.from_numpy(IMAGE), torch.from_numpy(KERNEL), stride=2,
            padding="same",
        )  # fmt: skip
    with pytest.raises(Unsupported, match="stride"):
        OTHERS["torch"].operations["conv2d"](
            IMAGE, KERNEL, stride=2, padding="same"
        )


def test_training_refuses_one_value_per_channel():
    """PyTorch and the specification agree that there is no variance."""
    one = [np.ones((1, 2, 1, 1)), np.ones(2), np.ones(2)]
    for batch_norm in (
        refspec.batch_norm, OTHERS["torch"].operations["batch_norm"]
    ):  # fmt: skip
        with pytest.raises(ValueError, match="per channel"):
            batch_norm(*one)


def test_a_refusal_in_other_words_is_a_refusal():
    """PyTorch has ``RuntimeError`` where the definition has ``ValueError``."""
    with pytest.raises(ValueError, match="channels"):
        OTHERS["torch"].operations["conv2d"](IMAGE, KERNEL[:, :1])


@pytest.mark.parametrize(
    ("operation", "message"),
    [("windows", "not implemented for 'Long'"),
     ("conv2d_backward", "floating point")],
)  # fmt: skip
def test_some_operations_of_pytorch_take_floats_only(operation, message):
    """Columns and gradients of integers are refused by PyTorch."""
    assert INT64 not in OTHERS["torch"].numbers_of((operation,))
    x = IMAGE.astype(int)
    arrays = {
        "windows": (x, 2),
        "conv2d_backward": (x[:, :1, :2, :3], x, KERNEL.astype(int)),
    }
    with pytest.raises((ValueError, NotImplementedError), match=message):
        OTHERS["torch"].operations[operation](*arrays[operation])


# Wrong functions are found.


def _flipped(x, w, *rest, **options):
    return refspec.conv2d(x, np.asarray(w)[..., ::-1, ::-1], *rest, **options)


def _bias_in_every_product(x, w, b=None, /, **options):
    y = refspec.conv2d(x, w, **options)
    return y if b is None else y + b[:, None, None] * w[0].size


def _one_stride(x, w, b=None, /, *, stride, **options):
    return refspec.conv2d(x, w, b, stride=stride[0], **options)


def _filters_of_the_first_group(x, w, b=None, /, *, groups, **options):
    first = np.concatenate([w[: len(w) // groups]] * groups)
    return refspec.conv2d(x, first, b, groups=groups, **options)


def _rounded_up(x, kernel_size, /, *, ceil_mode, **options):
    del ceil_mode
    return refspec.max_pool2d(x, kernel_size, ceil_mode=True, **options)


def _zeros_around(x, kernel_size, /, *, padding, **options):
    padded = refspec.zero_pad(x, padding)
    return refspec.max_pool2d(padded, kernel_size, **options)


def _padding_counted(x, kernel_size, /, *, count_include_pad, **options):
    del count_include_pad
    return refspec.avg_pool2d(x, kernel_size, **options)


def _by_magnitude(x, kernel_size, /, **options):
    return refspec.max_pool2d(abs(x), kernel_size, **options)


def _every_tie_paid(dy, x, kernel_size, /, *, stride, **options):
    if stride != kernel_size or options["padding"] != ((0, 0), (0, 0)):
        return refspec.max_pool2d_backward(
            dy, x, kernel_size, stride=stride, **options
        )
    dx = np.zeros_like(x)
    y = refspec.max_pool2d(x, kernel_size, stride=stride, **options)
    (kh, kw), (dh, dw) = kernel_size, options["dilation"]
    for n, c, i, j in np.ndindex(y.shape):
        for u, v in np.ndindex(kh, kw):
            at = n, c, i * kh + u * dh, j * kw + v * dw
            if at[2] < x.shape[2] and at[3] < x.shape[3]:
                dx[at] += dy[n, c, i, j] * (x[at] == y[n, c, i, j])
    return dx


def _unbiased(x, gamma, beta, /, *, eps):
    mean, variance = refspec.batch_statistics(x)
    m = x.size // x.shape[1]
    mean, variance, gamma, beta = (
        v.reshape(-1, 1, 1)
        for v in (mean, variance * m / (m - 1), gamma, beta)
    )
    return (x - mean) / np.sqrt(variance + eps) * gamma + beta


def _eps_outside(x, gamma, beta, /, *, eps):
    mean, variance = refspec.batch_statistics(x)
    mean, deviation, gamma, beta = (
        v.reshape(-1, 1, 1) for v in (mean, np.sqrt(variance), gamma, beta)
    )
    return (x - mean) / (deviation + eps) * gamma + beta


def _passes_at_zero(dy, x, /):
    return np.where(x >= 0, dy, 0)


def _in_float32(x, w, *rest, **options):
    y = refspec.conv2d(x.astype(np.float32), w, *rest, **options)
    return y.astype(np.float32)


MISTAKES = {
    "conv2d": [
        _flipped, _bias_in_every_product, _one_stride,
        _filters_of_the_first_group, _in_float32,
    ],
    "max_pool2d": [_rounded_up, _zeros_around, _by_magnitude],
    "avg_pool2d": [_padding_counted],
    "max_pool2d_backward": [_every_tie_paid],
    "relu_backward": [_passes_at_zero],
    "batch_norm": [_unbiased, _eps_outside],
}  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "mistake"),
    [
        pytest.param(operation, mistake, id=mistake.__name__.lstrip("_"))
        for operation, mistakes in MISTAKES.items()
        for mistake in mistakes
    ],
)
def test_a_mistake_is_found(operation, mistake, seed):
    """The law that decides refuses a wrong function in float64."""
    wrong = replace(
        REFERENCE, operations={operation: mistake}, numbers=(FLOAT64,)
    )
    law = f"{operation}_equals_the_definition"
    finding = check_law(law, wrong, examples=500, seed=seed)
    assert finding.verdict == "broken"
    assert "raised" not in finding.reason
