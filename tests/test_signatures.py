"""The names and signatures that others rely on."""

from __future__ import annotations

import inspect

import pytest

import refspec

SIGNATURES = {
    "flatten": "(x, /)",
    "unflatten": "(v, /, *, shape)",
    "hwc_to_chw": "(x, /)",
    "chw_to_hwc": "(x, /)",
    "to_grayscale": "(x, /)",
    "dense": "(x, w, b=None, /)",
    "dense_backward": "(dy, x, w, /)",
    "output_size": (
        "(size, kernel_size, *, stride=1, padding=0, dilation=1, "
        "ceil_mode=False)"
    ),
    "same_padding": "(size, kernel_size, *, stride=1, dilation=1)",
    "effective_kernel_size": "(kernel_size, dilation)",
    "zero_pad": "(x, /, padding)",
    "unpad": "(x, /, padding)",
    "windows": "(x, kernel_size, /, *, stride=1, padding=0, dilation=1)",
    "coverage": "(sizes, kernel_size, /, *, stride=1, padding=0, dilation=1)",
    "window_response": "(window, kernel, /)",
    "feature_map": "(image, kernel, /)",
    "conv2d": (
        "(x, w, b=None, /, *, stride=1, padding=0, dilation=1, groups=1)"
    ),
    "conv2d_backward": (
        "(dy, x, w, /, *, stride=1, padding=0, dilation=1, groups=1)"
    ),
    "conv_transpose2d": (
        "(y, w, /, *, input_size, stride=1, padding=0, dilation=1, groups=1)"
    ),
    "depthwise_conv2d": (
        "(x, w, b=None, /, *, stride=1, padding=0, dilation=1)"
    ),
    "pointwise_conv2d": "(x, w, b=None, /)",
    "separable_conv2d": (
        "(x, depthwise, pointwise, b=None, /, *, stride=1, padding=0, "
        "dilation=1)"
    ),
    "dilate_kernel": "(w, /, dilation)",
    "conv_parameters": (
        "(kernel_size, in_channels, out_channels, *, groups=1, bias=True)"
    ),
    "separable_parameters": "(kernel_size, in_channels, out_channels)",
    "dense_parameters": "(inputs, outputs, *, bias=True)",
    "receptive_field": "(windows, /)",
    "max_pool2d": (
        "(x, kernel_size, /, *, stride=None, padding=0, dilation=1, "
        "ceil_mode=False)"
    ),
    "min_pool2d": (
        "(x, kernel_size, /, *, stride=None, padding=0, dilation=1, "
        "ceil_mode=False)"
    ),
    "avg_pool2d": (
        "(x, kernel_size, /, *, stride=None, padding=0, dilation=1, "
        "ceil_mode=False, count_include_pad=True)"
    ),
    "max_pool2d_backward": (
        "(dy, x, kernel_size, /, *, stride=None, padding=0, dilation=1, "
        "ceil_mode=False)"
    ),
    "min_pool2d_backward": (
        "(dy, x, kernel_size, /, *, stride=None, padding=0, dilation=1, "
        "ceil_mode=False)"
    ),
    "avg_pool2d_backward": (
        "(dy, x, kernel_size, /, *, stride=None, padding=0, dilation=1, "
        "ceil_mode=False, count_include_pad=True)"
    ),
    "relu": "(x, /)",
    "relu_backward": "(dy, x, /)",
    "sigmoid": "(x, /)",
    "tanh": "(x, /)",
    "batch_statistics": "(x, /)",
    "batch_norm": "(x, gamma, beta, /, *, eps=1e-05)",
    "batch_norm_inference": (
        "(x, mean, variance, gamma, beta, /, *, eps=1e-05)"
    ),
    "running_statistics": "(x, mean, variance, /, *, momentum=0.1)",
    "batch_norm_backward": "(dy, x, gamma, /, *, eps=1e-05)",
    "fold_batch_norm": (
        "(w, b, mean, variance, gamma, beta, /, *, eps=1e-05)"
    ),
    "resnet50": "(*, stride_in='3x3')",
    "softmax": "(logits, /)",
    "cross_entropy": "(logits, labels, /)",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_signature_stays_what_others_rely_on(name):
    """Arrays come first and are positional, options have their defaults."""
    signature = inspect.signature(getattr(refspec, name))
    plain = signature.replace(
        parameters=[
            parameter.replace(annotation=inspect.Parameter.empty)
            for parameter in signature.parameters.values()
        ],
        return_annotation=inspect.Signature.empty,
    )
    assert str(plain) == SIGNATURES[name]
