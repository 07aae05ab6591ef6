"""What does not fit is refused in one sentence, under its own name.

`calls.py` has what each argument refuses by itself; below is the table of
what does not fit something else.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest
from calls import CALLS, answer

from refspec import Add, Concat, Conv, Network, ReLU

VALID = {
    name: {argument: given.value for argument, given in arguments.items()}
    for name, arguments in CALLS.items()
}
REFUSING = [
    (name, argument)
    for name, arguments in CALLS.items()
    for argument, given in arguments.items()
    if given.wrong
]


@pytest.mark.parametrize(("name", "argument"), REFUSING)
def test_an_argument_is_refused_by_name(name, argument):
    """The sentence has its name, what would fit and what was found."""
    of = rf"^(\w+ \(\w+\): )?{argument}(\.\w+|\[[^]]*\])*"
    for wrong in CALLS[name][argument].wrong:
        with pytest.raises(ValueError, match=f"{of}: expected .+, found ."):
            answer(name, **{**VALID[name], argument: wrong})


def _ones(*shape):
    return np.ones(shape)


PIXEL = _ones(1, 1, 1, 1)
NO_BATCH = _ones(0, 2, 2, 4)
ONE_VALUE = _ones(1, 2, 1, 1)
TWO = [1.0, 1.0]
THIRDS = np.array([Fraction(1, 3), Fraction(2, 3)])
HUGE = np.full((1, 1, 1, 2), 2**32)
DOES_NOT_REACH = r"^kernel_size: a kernel of \d .*; the padded input has \d"
EMPTY_WINDOW = (
    r"^padding: the window at \(\d, \d\) lies wholly in the padding \(\(\d"
)

MISFITS = [
    # channels, filters, groups
    ("dense", {"w": _ones(4, 2)}, r"^w: expected .* \(3\), found 2"),
    ("dense_backward", {"w": _ones(4, 2)}, r"^w: expected .*, found 2"),
    ("conv2d", {"x": _ones(2, 3, 3, 4)}, "^w: expected 3 channels .* found 2"),
    ("conv2d", {"w": _ones(2, 1, 2, 3)}, "^w: expected 2 channels .* found 1"),
    ("conv2d", {"groups": 2}, "^w: expected 1 channels .* found 2"),
    ("conv2d", {"w": _ones(3, 1, 2, 3), "groups": 2}, "^groups: .* 3 filters"),
    ("conv2d_backward", {"groups": 2}, "^w: expected 1 channels"),
    ("depthwise_conv2d", {"w": _ones(3, 1, 2, 3)}, "^w: .* each of 2 channel"),
    ("depthwise_conv2d", {"w": _ones(2, 2, 2, 3)}, "^w: expected filters of "),
    ("pointwise_conv2d", {"w": _ones(3, 3)}, r"^w: expected shape \(F, 2\)"),
    ("pointwise_conv2d", {"w": _ones(3, 2, 1, 2)}, r"^w: .*\(F, 2, 1, 1\)"),
    ("separable_conv2d", {"depthwise": _ones(3, 1, 2, 3)}, "^depthwise: expe"),
    ("separable_conv2d", {"pointwise": _ones(3, 2)}, r"^pointwise: .*\(F, 4"),
    ("separable_conv2d", {"b": TWO}, r"^b: expected .*\(3\), found 2"),
    ("conv_parameters", {"groups": 4}, "^groups: .* of 2 input channels"),
    ("Conv", {"groups": 4}, r"^conv1 \(Conv\): groups: expected a divisor"),
    # kernels and what they slide over
    ("output_size", {"size": 2, "padding": 0}, DOES_NOT_REACH),
    ("output_size", {"size": 5, "padding": 0, "dilation": 3}, DOES_NOT_REACH),
    ("windows", {"kernel_size": 6}, DOES_NOT_REACH),
    ("windows", {"kernel_size": 3, "dilation": (1, 3)}, DOES_NOT_REACH),
    ("coverage", {"kernel_size": (6, 1)}, DOES_NOT_REACH),
    ("feature_map", {"kernel": _ones(4, 3)}, DOES_NOT_REACH),
    ("conv2d", {"padding": 0, "dilation": 3}, DOES_NOT_REACH),
    ("conv2d_backward", {"w": _ones(2, 2, 2, 7)}, DOES_NOT_REACH),
    ("conv_transpose2d", {"input_size": 1, "padding": 0}, DOES_NOT_REACH),
    ("depthwise_conv2d", {"padding": "valid", "dilation": 3}, DOES_NOT_REACH),
    ("separable_conv2d", {"padding": 0, "dilation": 3}, DOES_NOT_REACH),
    ("simple_cell", {"w": _ones(4, 3)}, DOES_NOT_REACH),
    ("complex_cell", {"pool_size": 4}, DOES_NOT_REACH),
    ("max_pool2d", {"kernel_size": 7}, DOES_NOT_REACH),
    ("min_pool2d", {"kernel_size": (1, 7)}, DOES_NOT_REACH),
    ("avg_pool2d", {"kernel_size": 7}, DOES_NOT_REACH),
    ("Conv", {"kernel_size": 9}, r"^conv1 \(Conv\): kernel_size: a kernel of"),
    ("Pool", {"kernel_size": 9}, r"^pool1 \(Pool\): kernel_size: a kernel of"),
    ("unpad", {"padding": (1, 2)}, "^padding: .* leaves nothing of 3 x 4"),
    # windows without a pixel
    ("max_pool2d", {"padding": 2}, EMPTY_WINDOW),
    ("min_pool2d", {"padding": ((0, 4), (0, 0))}, EMPTY_WINDOW),
    ("max_pool2d", {"x": PIXEL, "dilation": 2, "padding": 1}, EMPTY_WINDOW),
    ("avg_pool2d", {"padding": 2}, EMPTY_WINDOW),
    ("max_pool2d_backward", {"padding": 2}, EMPTY_WINDOW),
    ("min_pool2d_backward", {"padding": 2}, EMPTY_WINDOW),
    ("avg_pool2d_backward", {"padding": 2}, EMPTY_WINDOW),
    ("Pool", {"padding": 3}, r"^pool1 \(Pool\): padding: the window at"),
    # gradients of another shape than the answer
    ("conv2d_backward", {"stride": 1}, r"^dy: expected shape \(2, 2, 4, 4\)"),
    ("conv_transpose2d", {"stride": 1}, r"^y: expected shape \(2, 2, 4, 4\)"),
    ("max_pool2d_backward", {"stride": 2}, "^dy: expected shape .*, found"),
    ("relu_backward", {"x": _ones(3, 2)}, r"^dy: expected shape \(3, 2\), fo"),
    ("softmax_backward", {"logits": _ones(3, 3)}, "^dy: expected shape"),
    ("batch_norm_backward", {"x": _ones(2, 2, 4, 2)}, "^dy: expected shape"),
    # statistics
    ("batch_statistics", {"x": NO_BATCH}, r"^x: .* 1 value\(s\) .* found 0"),
    ("batch_norm", {"x": NO_BATCH}, r"^x: .* 2 value\(s\) .* found 0 in"),
    ("batch_norm", {"x": ONE_VALUE}, r"^x: .* 2 value\(s\) .* found 1 in"),
    ("batch_norm_backward", {"x": ONE_VALUE}, "^x: .*per channel, found 1"),
    ("running_statistics", {"x": ONE_VALUE}, "^x: .*per channel, found 1"),
    ("batch_norm", {"x": _ones(2, 2), "eps": 0}, "^eps: expected more than 0"),
    (
        "batch_norm_backward",
        {"dy": _ones(2, 2), "x": _ones(2, 2), "eps": 0},
        "^eps: expected more than 0 where a variance is 0, found 0",
    ),
    (
        "batch_norm_inference",
        {"variance": [1.0, 0.0], "eps": 0},
        "^eps: expected more than 0 where a variance is 0, found 0",
    ),
    ("fold_batch_norm", {"variance": [0.0, 1.0], "eps": 0}, "^eps: expected"),
    ("cross_entropy", {"logits": _ones(0, 3)}, "^logits.shape: expected"),
    # numbers
    ("conv2d", {"x": HUGE, "w": HUGE, "b": None}, "fits int64"),
    ("dense", {"x": [[2**62]], "w": [[2]], "b": None}, "fits int64"),
    (
        "conv2d",
        {"x": PIXEL.astype(ml_dtypes.bfloat16), "w": PIXEL.astype("f2"),
         "b": None},
        "number type, found bfloat16, float16",
    ),
    (
        "batch_norm_inference",
        {"x": [THIRDS], "mean": THIRDS, "variance": THIRDS, "gamma": THIRDS,
         "beta": THIRDS, "eps": Decimal(0)},
        "^the root of 1/3 is not a fraction; choose eps so that",
    ),
    # networks
    (
        "Network",
        {"layers": [ReLU(name="a"), ReLU(name="a")]},
        "^layers: the name 'a' is taken",
    ),
    (
        "Network",
        {"layers": [ReLU(inputs="b")]},
        r"^relu1 \(ReLU\): expected inputs among the layers above it, found",
    ),
    (
        "network_table",
        {"network": Network(
            [Conv(3, 3, name="a"), Add(inputs=("a", "input"))],
            input_shape=(3, 5, 5),
        ), "input_shape": None},
        r"^add1 \(Add\): inputs: expected two or more of one shape, found",
    ),
    (
        "network_table",
        {"network": Network(
            [Conv(3, 3, name="a"), Concat(inputs=("a", "input"))],
            input_shape=(3, 5, 5),
        ), "input_shape": None},
        r"^concat1 \(Concat\): inputs: expected .* maps of one size, found",
    ),
    ("network_table", {"input_shape": (2,)}, r"^conv \(Conv\): expected maps"),
    ("forward", {"x": _ones(2, 4)}, r"^conv \(Conv\): expected maps"),
    ("forward", {"x": _ones(2, 3, 3, 3)}, r"^parameters\['conv'\]\['w'\]: "),
    ("minibatches", {"labels": [1, 2, 3]}, r"^labels: .* example \(4\), fo"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "words"), MISFITS)
def test_what_does_not_fit_is_refused_in_words(name, changes, words):
    """Each argument would fit others, but not these."""
    with pytest.raises(ValueError, match=words):
        answer(name, **{**VALID[name], **changes})
