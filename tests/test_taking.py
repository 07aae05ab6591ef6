"""Functions of tensors, called with NumPy's arrays."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from refspec.oracle import check
from refspec.oracle.implementations import taking

torch = pytest.importorskip("torch", reason="PyTorch is not installed")


def narrow(x, w, b=None, *, stride=1):
    """Convolve, with nothing but a stride."""
    return torch.nn.functional.conv2d(x, w, b, stride)


def _changing(x):
    return x.clamp_(min=0)


def _refusing(x):
    return x.reshape(7, 7, 7)


def test_a_signature_stays():
    """The oracle does not ask for what is not in it."""
    assert inspect.signature(taking("torch", narrow)) == inspect.signature(
        narrow
    )
    report = check("conv2d", narrow, arrays="torch", examples=40)
    assert "not asked for: padding, dilation, groups" in report.notes
    assert report.ok, report


def test_a_builtin_has_none_and_is_asked_everything():
    """PyTorch's own has limits, and is right within them."""
    torchs = torch.nn.functional.conv2d
    report = check("conv2d", torchs, arrays="torch")
    assert report.ok, report
    limits = {e.name for e in report.explanations}
    assert "padding written side by side" in limits


def test_bfloat16_goes_there_and_back():
    """NumPy has none: ml_dtypes has."""
    ml_dtypes = pytest.importorskip("ml_dtypes")
    x = np.array([-1, 0.5, 3], ml_dtypes.bfloat16)
    y = taking("torch", torch.relu)(x)
    assert y.dtype == x.dtype
    assert y.tolist() == [0, 0.5, 3]


@pytest.mark.parametrize("step", [1, 2, -1])
def test_a_tensor_lies_as_its_array_does(step):
    """Strides are kept, but negative ones, which no tensor has."""
    x = np.arange(12.0)[::step]
    stride = taking("torch", lambda x: x.stride(0))(x)
    assert stride == abs(step)


def test_what_is_changed_is_seen():
    """A function that works in place changes the array."""
    report = check("relu", _changing, arrays="torch", examples=20)
    assert report.verdict == "disagrees"
    assert "changes its inputs" in report.reason


def test_an_error_stays_what_it_is():
    """The oracle hears what PyTorch says."""
    with pytest.raises(RuntimeError, match="shape"):
        taking("torch", _refusing)(np.zeros(3))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_where_there_is_no_gpu_one_sentence_says_so():
    """It is no crash."""
    report = check("relu", torch.relu, arrays="torch-cuda")
    assert report.verdict == "refuses"
    assert report.reason == "PyTorch finds no CUDA device"


def test_a_named_function_is_called_with_tensors():
    """Also in a process of its own."""
    name = f"{__file__}:narrow"
    report = check("conv2d", name, arrays="torch", examples=40)
    assert report.ok, report
    assert report.isolation == "process"
