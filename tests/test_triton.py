"""Kernels of Triton as candidates: the right agree, the wrong do not.

Without a GPU they run in Triton's interpreter, which takes about 0.1 s for a
problem: problems are few and small, and all of this takes about a minute.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from refspec.oracle import check

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("triton", reason="Triton is not installed")

FILE = Path(__file__).parents[1] / "docs" / "_examples" / "triton_kernels.py"
SMALL = {
    "batch": {0, 1, 2},
    "channels": {1, 2},
    "filters": {1},
    "kernel_size": {1, 2, 3},
}
PADDED = {**SMALL, "padding": {1}, "kernel_size": {2, 3}}
LONG = {
    "batch": {1},
    "channels": {1},
    "rows": set(),
    "columns": {31, 32, 33},
    "kernel_size": {1, 2},
    "stride": {1},
}


@pytest.fixture(autouse=True)
def _somewhere(monkeypatch):
    """Run on the CPU where there is no GPU."""
    if not torch.cuda.is_available():
        monkeypatch.setitem(os.environ, "TRITON_INTERPRET", "1")


def _checked(name, *, examples=30, edges=0, supports=SMALL):
    cuda = torch.cuda.is_available()
    return check(
        name.split("2d", maxsplit=1)[0] + "2d", f"{FILE}:{name}",
        arrays="torch-cuda" if cuda else "torch", examples=examples,
        supports=supports, edges=edges, deadline=60,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["min_pool2d", "conv2d"])
def test_the_right_ones_agree(name):
    """Every answer is the definition's."""
    report = _checked(name)
    assert report.ok, report


def test_padding_of_zeros_is_found():
    """A 0 is less than what is in the window."""
    report = _checked("min_pool2d_padded_with_zeros", supports=PADDED)
    assert report.verdict == "disagrees", report
    assert report.counterexample.fault.got == 0
    assert report.counterexample.fault.expected > 0


def test_a_missing_tile_is_found():
    """Columns beyond the first tile of 16 were never written."""
    report = _checked(
        "min_pool2d_first_tile", examples=20, edges=1, supports=LONG
    )
    assert report.verdict == "disagrees", report
    assert report.counterexample.fault.index[3] >= 16
    assert report.counterexample.fault.got == 0


def test_sums_in_float16_are_named():
    """Data and answers are float32, the sums between are not."""
    report = _checked("conv2d_sums_in_float16")
    assert report.verdict == "disagrees", report
    assert "float16 sums" in {e.name for e in report.explanations}


def test_stride_for_dilation_is_found():
    """The smallest problem has a stride that is not its dilation."""
    report = _checked("conv2d_stride_for_dilation")
    assert report.verdict == "disagrees", report
    p = report.counterexample.problem
    assert np.any(np.broadcast_to(p.stride, 2) != p.dilation)
