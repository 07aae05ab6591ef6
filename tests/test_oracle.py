"""The oracle: right implementations agree, wrong ones do not, each named."""

from __future__ import annotations

import json
import sys
import textwrap
from functools import partial

import numpy as np
import pytest
from right import RIGHT

import refspec
from refspec.laws.problems import Problem
from refspec.oracle import OPERATIONS, check, retry
from refspec.oracle.formats import (
    ARITHMETICS,
    BFLOAT16,
    FLOAT16,
    TF32,
    nearest,
)
from refspec.oracle.trials import Trial, _wide
from refspec.oracle.variants import VARIANTS, variants_of

HERE = partial(check, isolate=False)

PAIRS = [(v.name, o) for o in OPERATIONS for v in variants_of(o)]

POLICIES = {
    "sizes that do not divide are refused",  # a limit, and reported as one
}
INTEGERS = {"mean cut to a whole number"}
"""What is another answer on integers only."""


@pytest.mark.catalogue
@pytest.mark.parametrize(("name", "operation"), PAIRS)
def test_a_variant_is_refused(name, operation):
    """No mistake and no convention agrees, and each is named if it answers."""
    wrong = VARIANTS[name].of(operation)
    dtype = "int64" if name in INTEGERS else "float64"
    report = HERE(operation, wrong, dtype=dtype, examples=120)
    if name in POLICIES:
        assert not report.ok or {e.kind for e in report.explanations} == {
            "limit"
        }, str(report)
        return
    assert report.verdict in {"disagrees", "refuses"}, str(report)
    assert report.counterexample is not None


def test_most_variants_are_named():
    """The explanation of four in five variants is their own name."""
    named = 0
    asked = PAIRS[:: len(PAIRS) // 60]
    for name, operation in asked:
        wrong = VARIANTS[name].of(operation)
        report = HERE(operation, wrong, dtype="float64", examples=120)
        named += name in {e.name for e in report.explanations}
    assert named >= 0.8 * len(asked)


CANCELS = {"half of x and its size"}
"""What is not a number where two infinities cancel."""

RIGHT_ONES = [
    (operation, name, dtype)
    for operation, ones in RIGHT.items()
    for name in ones
    for dtype in ("float64", "float32", "float16")
    if operation in OPERATIONS
]


@pytest.mark.catalogue
@pytest.mark.parametrize(("operation", "name", "dtype"), RIGHT_ONES)
def test_a_right_one_agrees(operation, name, dtype):
    """An implementation that computes otherwise, and right, agrees."""
    declares = {}
    for transform in ("fft", "winograd"):
        if transform in name.lower():
            declares = {"transform": transform}
    supports = {"finite": {True}} if declares or name in CANCELS else {}
    if "Winograd" in name:
        supports |= {"kernel_size": {3}, "stride": {1}, "dilation": {1}}
    report = HERE(
        operation, RIGHT[operation][name], dtype=dtype, declares=declares,
        supports=supports, examples=120,
    )  # fmt: skip
    assert report.ok, str(report)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16", "int64"])
def test_the_definition_agrees_with_itself(operation, dtype):
    """The reference is right in every number type."""
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    report = HERE(
        operation, getattr(refspec, operation), dtype=dtype, examples=120
    )
    assert report.ok, str(report)


# Precisions.


def _through(form):
    def conv2d(x, w, b=None, /, **options):
        x, w = (nearest(a, form).astype(a.dtype) for a in (x, w))
        return refspec.conv2d(x, w, b, **options)

    return conv2d


@pytest.mark.parametrize("form", [TF32, BFLOAT16])
@pytest.mark.parametrize("channels", [1, 32, 512])
def test_a_lower_precision_is_named(form, channels):
    """TF32 and bfloat16 inputs are named, at 9 to 4608 summed products."""
    report = HERE(
        "conv2d", _through(form), examples=120, edges=0,
        supports={
            "channels": {channels}, "kernel_size": {3}, "filters": {1},
            "groups": {1}, "batch": {1}, "finite": {True},
        },
    )  # fmt: skip
    assert report.verdict == "disagrees"
    assert [e.name for e in report.explanations] == [f"{form.name} inputs"]


@pytest.mark.parametrize("seed", range(8))
def test_wide_numbers_are_odd_however_many_are_summed(seed):
    """Where no more bits are left a few remain: a sum may be rounded."""
    dy, x = np.ones((33, 2, 9, 9)), np.ones((33, 1, 9, 9))
    p = Problem(dy=dy, x=x, w=np.ones((2, 1, 1, 1)))
    rng = np.random.default_rng(seed)
    wide = _wide("conv2d_backward", p, ARITHMETICS["bfloat16"], rng)
    filled = wide.dy if (abs(wide.x) <= 1).all() else wide.x
    assert (filled % 2 == 1).all()


def test_a_lower_precision_can_be_declared():
    """What is declared to read its inputs in TF32 is held to that."""
    report = HERE(
        "conv2d", _through(TF32), declares={"precision": "TF32 inputs"}
    )
    assert report.ok, str(report)


def test_a_lower_precision_can_be_accepted():
    """A precision that is accepted by name is as good."""
    report = HERE("conv2d", _through(TF32), accept={"TF32 inputs"})
    assert report.ok, str(report)


def test_narrow_statistics_are_no_convention():
    """In float16 a variant's bound is wide enough for almost anything."""

    def running_statistics(x, mean, variance, /, *, momentum=0.1):
        m = x.size // x.shape[1]
        new, spread = (a.astype("f2") for a in refspec.batch_statistics(x))
        a = np.float16(momentum)
        mean = (1 - a) * mean + a * new
        return mean, (1 - a) * variance + a * spread * np.float16(m / (m - 1))

    report = HERE("running_statistics", running_statistics, dtype="float16")
    assert report.verdict == "disagrees"
    kinds = {e.kind for e in report.explanations}
    assert not kinds & {"convention", "mistake"}


def test_narrow_sums_are_named():
    """Sums in float16 of float16 inputs are not those in float32."""

    def dense(x, w, b=None, /):
        y = np.zeros((len(x), len(w)), np.float16)
        for i in range(x.shape[1]):
            y = nearest(
                y + nearest(x[:, i, None] * w[None, :, i].astype(float),
                            FLOAT16),
                FLOAT16,
            )  # fmt: skip
        y = y if b is None else nearest(y + b, FLOAT16)
        return y.astype(np.float16)

    report = HERE("dense", dense, dtype="float16")
    kinds = {e.kind for e in report.explanations}
    assert not kinds & {"convention", "mistake"}


def test_a_one_pass_variance_is_named():
    """E[x^2] - E[x]^2 is outside the bound of batch norm."""

    def batch_norm(x, gamma, beta, /, *, eps=1e-5):
        axes = (0, *range(2, x.ndim))
        spread = (-1, *[1] * (x.ndim - 2))
        mean = x.mean(axis=axes, keepdims=True)
        variance = (x * x).mean(axis=axes, keepdims=True) - mean * mean
        scale = 1 / np.sqrt(np.maximum(variance, 0) + x.dtype.type(eps))
        y = (x - mean) * scale * gamma.reshape(spread)
        return (y + beta.reshape(spread)).astype(x.dtype)

    report = HERE("batch_norm", batch_norm)
    assert report.verdict == "disagrees"
    assert "one-pass variance" in {e.name for e in report.explanations}


# Verdicts.


def test_zeros_are_not_trusted_where_all_answers_are_zero():
    """A pass proves nothing where zeros would have passed."""
    report = HERE("relu", refspec.relu, supports={"kind": {"nothing"}})
    assert report.verdict == "refuses"
    report = HERE("conv2d", refspec.conv2d, supports={"batch": {0}})
    assert report.verdict == "mistrusted"
    assert "zeros" in {e.name for e in report.explanations}


def test_two_answers_are_inconsistent():
    """A function that remembers its calls is told."""
    calls = []

    def conv2d(*arrays, **options):
        calls.append(1)
        return refspec.conv2d(*arrays, **options) + (len(calls) % 3 == 0)

    assert HERE("conv2d", conv2d).verdict == "inconsistent"


def test_a_cache_by_address_is_seen():
    """An answer that is remembered by address and shape is of other data."""
    kept = {}

    def relu(x, /):
        key = x.__array_interface__["data"], x.shape
        return kept.setdefault(key, np.maximum(x, 0))

    assert not HERE("relu", relu).ok


def test_changed_inputs_are_reported():
    """A right answer does not make up for changed inputs."""

    def relu(x, /):
        x[x < 0] = 0
        return x.copy()

    report = HERE("relu", relu, supports={"layout": {"contiguous"}})
    assert report.verdict == "disagrees"
    assert "changes its inputs" in report.reason
    assert [e.name for e in report.explanations] == ["changes its inputs"]


def test_an_answer_that_is_overwritten_is_seen():
    """A caller may keep an answer beyond the next call."""
    kept = {}

    def relu(x, /):
        return np.maximum(x, 0, out=kept.setdefault(x.shape, x.copy()))

    report = HERE("relu", relu)
    assert not report.ok
    assert "overwrites an earlier answer" in str(report)


def test_a_fault_beyond_an_edge_is_no_precision():
    """Small as it is, most answers have none of it."""

    def conv2d(x, w, b=None, /, **options):
        y = refspec.conv2d(x, w, b, **options)
        y[:, 16:] *= np.float32(1 + 2**-13)
        return y

    report = HERE("conv2d", conv2d)
    assert report.verdict == "disagrees"
    assert not [e for e in report.explanations if e.kind == "precision"]


BAD = {
    "a list": (lambda x: [*x.flat], "list"),
    "None": (lambda _: None, "returned None"),
    "objects": (lambda x: x.astype(object), "dtype object"),
    "a subclass": (lambda _: np.matrix(np.ones((1, 1))), "a matrix"),
    "a narrower type": (lambda x: x.astype(np.float16), "has dtype float16"),
    "another shape": (lambda _: np.zeros((3, 7)), "has shape"),
    "NaN": (lambda x: np.full_like(x, np.nan), "differs"),
    "two answers": (lambda x: (x, x), "2 answers, expected 1"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_answer_disagrees(name):
    """Each wrong kind of answer is a verdict with its own sentence."""
    function, words = BAD[name]
    report = HERE("relu", function)
    assert report.verdict == "disagrees"
    assert words in report.reason + str(report.counterexample)


def test_a_lying_array_is_seen_through():
    """An array subclass whose == lies is no array."""

    class Liar(np.ndarray):
        __hash__ = None

        def __eq__(self, other):
            return np.ones(self.shape, bool)

    report = HERE("relu", lambda x: np.zeros_like(x).view(Liar))
    assert report.verdict == "disagrees"
    assert "subclass" in report.reason


def test_a_wrong_signature_refuses():
    """A function that cannot be called so is a refusal."""
    report = HERE("conv2d", lambda: None)
    assert report.verdict == "refuses"
    assert "TypeError" in report.reason


def test_a_missing_option_is_not_asked_for():
    """What a signature lacks is left out, and said."""

    def conv2d(x, w, *, stride=1):
        return refspec.conv2d(x, w, stride=stride)

    report = HERE("conv2d", conv2d)
    assert report.ok, str(report)
    assert "not asked for: padding, dilation, groups, b" in report.notes


def test_a_refused_limit_is_no_fault():
    """Uneven padding that is refused always is a limit, and named."""

    def conv2d(x, w, b=None, /, *, padding=0, **options):
        y = refspec.conv2d(x, w, b, padding=padding, **options)
        frame = np.ndim(padding) == 2
        if frame and any(a != b for a, b in padding):
            raise ValueError("even padding only")
        return y

    report = HERE("conv2d", conv2d)
    assert report.ok, str(report)
    assert "uneven padding" in {e.name for e in report.explanations}


def test_an_accident_is_no_limit():
    """An IndexError on some valid problems is not a refusal to support."""

    def conv2d(x, w, b=None, /, **options):
        if x.shape[2] != x.shape[3]:
            raise IndexError("index 3 is out of bounds")
        return refspec.conv2d(x, w, b, **options)

    report = HERE("conv2d", conv2d)
    assert report.verdict == "refuses"


def test_an_out_is_filled():
    """A kernel that writes into an array of NaN is asked that way."""

    def relu(x, /, *, out):
        np.maximum(x, 0, out=out)

    def half(x, /, *, out):
        np.maximum(x, 0, out=out, where=x > -1)

    assert HERE("relu", relu).ok
    assert not HERE("relu", half).ok


def test_a_declared_convention_is_held():
    """What declares shared ties is right if it shares, and wrong if not."""
    shared = VARIANTS["ties: shared"].of("max_pool2d_backward")
    declares = {"tie": "shared"}
    operation = "max_pool2d_backward"
    assert HERE(operation, shared, declares=declares).ok
    assert not HERE(operation, refspec.max_pool2d_backward,
                    declares=declares).ok  # fmt: skip


def test_an_accepted_convention_agrees():
    """A flipped kernel that is accepted by name agrees."""
    flipped = VARIANTS["flipped kernel"].of("conv2d")
    assert not HERE("conv2d", flipped).ok
    assert HERE("conv2d", flipped, accept={"flipped kernel"}).ok


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"dtype": "float8"}, "dtype: expected one of"),
        ({"accept": {"nonsense"}}, "accept: expected names"),
        ({"declares": {"nonsense": 1}}, "declares: expected one of"),
    ],
)
def test_an_unknown_option_is_refused(options, words):
    """A wrong option is one sentence that says what would be right."""
    with pytest.raises(ValueError, match=words):
        check("conv2d", refspec.conv2d, **options)


def test_an_unknown_operation_is_refused():
    """Only operations with a definition are checked."""
    with pytest.raises(ValueError, match="operation: expected one of"):
        check("conv3d", refspec.conv2d)


def test_the_python_of_a_report_shows_the_same():
    """What a report says to paste finds the fault again."""
    flipped = VARIANTS["flipped kernel"].of("conv2d")
    report = HERE("conv2d", flipped)
    assert report.counterexample is not None
    again = retry("conv2d", flipped, report.counterexample.trial)
    assert again.verdict == "disagrees"
    printed = []
    names = {"candidate": flipped, "print": printed.append}
    exec(report.python, names)  # noqa: S102 -- what a reader would paste
    assert printed[0].verdict == "disagrees"


def test_the_same_seed_gives_the_same_report():
    """Two checks with a seed find the same."""
    flipped = VARIANTS["flipped kernel"].of("conv2d")
    first, second = (
        {k: v for k, v in json.loads(HERE("conv2d", flipped, seed=3).to_json())
         .items() if k != "seconds"}
        for _ in range(2)
    )  # fmt: skip
    assert first == second


# Candidates by name, in a process of their own.


@pytest.fixture
def kernels(tmp_path):
    """Write a file of candidates, and name its functions."""
    path = tmp_path / "kernels.py"
    path.write_text(
        textwrap.dedent("""
            import ctypes, os, time
            import numpy as np

            def relu(x):
                print("noise on the standard output")
                return np.maximum(x, 0)

            def dies(x):
                if x.size > 2:
                    ctypes.string_at(0)
                return np.maximum(x, 0)

            def leaves(x):
                os._exit(0)

            def sleeps(x):
                if x.size > 2:
                    time.sleep(60)
                return np.maximum(x, 0)

            number = 3
        """)
    )
    return lambda name: f"{path}:{name}"


def test_a_name_runs_in_a_process_of_its_own(kernels):
    """A function of a file is isolated, and may print what it likes."""
    report = check("relu", kernels("relu"), examples=100)
    assert report.ok, str(report)
    assert report.isolation == "process"


def test_a_crash_is_a_verdict(kernels):
    """A segmentation fault is reported with a small problem."""
    report = check("relu", kernels("dies"), examples=100)
    assert report.verdict == "crashes"
    assert "signal 11" in report.reason
    assert report.counterexample is not None
    assert report.counterexample.problem.x.size <= 4


def test_an_exit_is_a_crash(kernels):
    """Leaving the process is no answer."""
    assert check("relu", kernels("leaves"), examples=20).verdict == "crashes"


def test_a_hang_is_a_verdict(kernels):
    """An answer that does not come within the deadline is a hang."""
    report = check("relu", kernels("sleeps"), examples=60, deadline=0.3)
    assert report.verdict == "hangs"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("number", "is a int, not a function"),
        ("missing", "has no 'missing'"),
    ],
)
def test_what_cannot_be_called_refuses(kernels, name, words):
    """A name of no function is one sentence."""
    report = check("relu", kernels(name))
    assert report.verdict == "refuses"
    assert words in report.reason


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("nowhere.py:f", "there is no file"),
        ("no_such_module_at_all:f", "cannot be imported"),
        ("nonsense", "expected path.py:function"),
    ],
)
def test_what_cannot_be_found_refuses(target, words):
    """A target that is not there is one sentence."""
    report = check("relu", target)
    assert report.verdict == "refuses"
    assert words in report.reason


def test_a_function_that_can_be_imported_is_isolated():
    """A function object with a name runs in a process as well."""
    assert check("relu", refspec.relu, examples=50).isolation == "process"
    assert check("relu", lambda x: x, examples=50).isolation == "none"


def test_a_trial_prints_as_python():
    """The Python of a trial makes it again."""
    report = HERE("conv2d", VARIANTS["stride ignored"].of("conv2d"))
    assert report.counterexample is not None
    text = report.counterexample.trial.python
    names = {"np": np, "Trial": Trial, "Problem": type(
        report.counterexample.problem), "nan": np.nan, "inf": np.inf,
    }  # fmt: skip
    assert eval(text, names).python == text  # noqa: S307 -- our own


def test_the_child_holds_no_reference():
    """The process of a candidate imports NumPy, and nothing of refspec."""
    from refspec.oracle.candidates import Isolated

    seen = Isolated({"name": "sys:getrecursionlimit"}, "sys")
    try:
        assert seen.parameters()["kind"] == "ready"
    finally:
        seen.close()
    assert "refspec" in sys.modules
