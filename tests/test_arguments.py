"""What a call does to its arguments: nothing, whatever their layout."""

from __future__ import annotations

import inspect
from copy import deepcopy
from fractions import Fraction

import numpy as np
import pytest
from calls import CALLS, answer

import refspec
from refspec.network import Layer

VALID = {
    name: {argument: given.value for argument, given in arguments.items()}
    for name, arguments in CALLS.items()
}
WIRING = {"name", "inputs"}  # of layers: a network looks at them

POOL_NOTHING = {"kernel_size": 1, "stride": 1, "padding": 0}
NOTHING_TO_DO = [
    ("zero_pad", {"padding": 0}),
    ("unpad", {"padding": 0}),
    ("dilate_kernel", {"dilation": 1}),
    ("relu", {"x": np.ones((2, 3))}),
    ("max_pool2d", POOL_NOTHING),
    ("min_pool2d", POOL_NOTHING),
    ("avg_pool2d", POOL_NOTHING),
    ("max_pool2d_backward", {"dy": np.ones((2, 2, 3, 4)), **POOL_NOTHING}),
    ("min_pool2d_backward", {"dy": np.ones((2, 2, 3, 4)), **POOL_NOTHING}),
    ("avg_pool2d_backward", {"dy": np.ones((2, 2, 3, 4)), **POOL_NOTHING}),
    ("hwc_to_chw", {"x": np.ones((2, 3, 1))}),
    ("chw_to_hwc", {"x": np.ones((1, 2, 3))}),
    ("effective_receptive_field", {"filters": [np.ones((1, 1, 2, 2))],
                                   "strides": None, "dilations": None}),
    ("sgd_step", {"gradients": {}}),
    ("sgd_step", {"parameters": np.ones(2), "gradients": np.ones(2),
                  "learning_rate": 0}),
]  # fmt: skip
CALLED = [(name, {}) for name in CALLS] + NOTHING_TO_DO


def _each(change, value):
    """Change every array of an argument."""
    if isinstance(value, np.ndarray):
        return change(value)
    if isinstance(value, dict):
        return {key: _each(change, held) for key, held in value.items()}
    if type(value) in {list, tuple}:
        return type(value)(_each(change, held) for held in value)
    return value


def _arrays(value):
    """List every array of an argument or an answer."""
    found = []
    _each(lambda array: found.append(array) or array, value)
    return found


def _same(one, other):
    """Compare all that is not an array, then the arrays cell by cell."""
    shapes = [_each(lambda a: (a.shape, a.dtype), v) for v in (one, other)]
    pairs = zip(_arrays(one), _arrays(other), strict=True)
    return shapes[0] == shapes[1] and all(
        np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in pairs
    )


def _frozen(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def _columns_first(array):
    return np.array(array, order="F")


def _turned(array):
    backwards = (slice(None, None, -1),) * array.ndim
    return array[backwards].copy()[backwards]


def _with_gaps(array):
    """Lay every other cell along each axis of an array full of others."""
    every_other = (slice(None, None, 2),) * array.ndim
    wide = np.full([2 * size for size in array.shape], 77, array.dtype)
    wide[every_other] = array
    return wide[every_other]


def test_every_public_name_is_called():
    """Of no name, and of no argument, is the call left out."""
    assert set(CALLS) == set(refspec.__all__)
    for name, arguments in CALLS.items():
        definition = getattr(refspec, name)
        takes = set(inspect.signature(definition).parameters)
        is_layer = isinstance(definition, type) and issubclass(
            definition, Layer
        )
        assert takes - (WIRING if is_layer else set()) == set(arguments)


@pytest.mark.parametrize(("name", "changes"), CALLED)
def test_arguments_are_left_alone(name, changes):
    """Read-only arrays will do, and hold afterwards what they held."""
    given = _each(_frozen, {**VALID[name], **changes})
    before = deepcopy(given)
    answer(name, **given)
    assert _same(given, before)


@pytest.mark.parametrize(("name", "changes"), CALLED)
def test_writable_arguments_are_left_alone(name, changes):
    """Nothing is computed in place where it could be."""
    given = deepcopy({**VALID[name], **changes})
    before = deepcopy(given)
    answer(name, **given)
    assert _same(given, before)


@pytest.mark.parametrize(("name", "changes"), CALLED)
def test_answers_are_copies(name, changes):
    """Only `windows` shows its argument, and cannot be written to."""
    given = {**VALID[name], **changes}
    for told in _arrays(answer(name, **given)):
        shown = any(np.shares_memory(told, a) for a in _arrays(given))
        assert told.flags.writeable == (name != "windows")
        assert not shown


def test_windows_are_a_view():
    """Without padding they lie where the image does."""
    x = np.ones((3, 4))
    shown = refspec.windows(x, 2)
    assert np.shares_memory(shown, x)
    assert not shown.flags.writeable


@pytest.mark.parametrize(
    "layout", [_columns_first, _turned, _with_gaps, _frozen]
)
@pytest.mark.parametrize("name", CALLS)
def test_the_layout_in_memory_changes_no_answer(name, layout):
    """Column order, turned around, with gaps: the numbers are the same."""
    given = _each(layout, VALID[name])
    assert _same(given, VALID[name])
    assert _same(answer(name, **given), answer(name, **VALID[name]))


OPTIONS = [
    (name, option, parameter.default)
    for name in CALLS
    for option, parameter in inspect.signature(
        getattr(refspec, name)
    ).parameters.items()
    if option in CALLS[name] and parameter.default is not parameter.empty
]


def _told(name, given):
    """Give the answer, or the words of what is refused."""
    try:
        return answer(name, **given)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize(("name", "option", "default"), OPTIONS)
def test_an_option_left_out_is_its_default(name, option, default):
    """The signature says what is done without it."""
    given = dict(VALID[name])
    del given[option]
    spelled_out = _told(name, {**given, option: default})
    assert _same(_told(name, given), spelled_out)


OF_DY = {  # the type of dy: of x the answer holds no number
    "relu_backward", "max_pool2d_backward", "min_pool2d_backward",
    "avg_pool2d_backward",
}  # fmt: skip
MIXED = [
    (name, wide)
    for name, arguments in VALID.items()
    if name not in OF_DY | {"minibatches"}
    for wide, value in arguments.items()
    if isinstance(value, np.ndarray) and wide != "labels"
]


@pytest.mark.parametrize(("name", "wide"), MIXED)
def test_one_wide_argument_makes_a_wide_answer(name, wide):
    """The answer has the common type of all that it is made of."""
    given = _each(
        lambda a: a.astype("f4") if a.dtype.kind == "f" else a, VALID[name]
    )
    told = answer(name, **{**given, wide: given[wide].astype("f8")})
    found = _arrays(told) or [told]
    assert {held.dtype for held in found} == {np.dtype("f8")}


SUMS = [
    "window_response", "feature_map", "conv2d", "conv2d_backward",
    "conv_transpose2d", "pointwise_conv2d", "depthwise_conv2d",
    "separable_conv2d", "dense", "dense_backward", "zero_pad", "windows",
    "max_pool2d", "min_pool2d", "max_pool2d_backward", "relu",
]  # fmt: skip


@pytest.mark.parametrize("kind", [int, Fraction])
@pytest.mark.parametrize("name", SUMS)
def test_python_s_numbers_stay_python_s(name, kind):
    """NumPy's integers wrap around; none comes in among exact numbers."""
    exact = np.frompyfunc(lambda value: kind(int(value)), 1, 1)
    given = _each(
        lambda a: exact(a) if a.dtype.kind == "f" else a, VALID[name]
    )
    told = answer(name, **given)
    found = _arrays(told) or [np.array([told], object)]
    assert {type(v) for a in found for v in a.flat} <= {int, kind}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_can_be_repeated(name):
    """The same arguments have the same answer: nothing is remembered."""
    first, second = (answer(name, **VALID[name]) for _ in range(2))
    assert _same(first, second)


def test_a_generator_goes_on_where_it_was():
    """A number begins anew; a generator is the one thing that changes."""
    network, rng = VALID["backward"]["network"], np.random.default_rng(3)
    first, second = (
        refspec.initial_parameters(network, rng=rng) for _ in range(2)
    )
    assert _same(first, refspec.initial_parameters(network, rng=3))
    assert not _same(first, second)
