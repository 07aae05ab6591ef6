"""Conditions on trials: where an answer is right, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from refspec import _checks, geometry
from refspec.oracle.trials import Trial

__all__ = ["CONDITIONS", "Condition", "holds", "limits_of", "right_where"]


@dataclass(frozen=True)
class Condition:
    """Something that is true of some trials.

    Attributes
    ----------
    sentence : str
        Continues "right wherever ...".
    holds : function
        Of the facts of a trial; what it does not speak of, it holds for.
    limit : str
        Continues "it refuses ...": what an implementation may well not
        support. Empty where a refusal is a fault.

    """

    sentence: str
    holds: Callable[[Any], bool]
    limit: str = ""

    def __call__(self, trial: Trial) -> bool:
        """Say whether it holds for a trial."""
        try:
            return bool(self.holds(_facts(trial)))
        except (AttributeError, TypeError, ValueError):
            return True


def _facts(trial: Trial) -> Any:
    """Name what conditions speak of; what a problem lacks is missing."""
    p = trial.problem
    facts = SimpleNamespace(kind=trial.kind, layout=trial.layout, p=p)
    options = vars(p)
    _shapes(facts, options)
    if "b" in options:
        facts.bias = p.b is not None
    if "stride" in options:
        facts.told = p.stride is not None
        stride = p.stride if facts.told else facts.kernel
        facts.stride = _checks.pair("stride", stride, least=1)
    if "dilation" in options:
        facts.dilation = _checks.pair("dilation", p.dilation, least=1)
    if "padding" in options:
        facts.same = p.padding == "same"
        facts.frame = _frame(facts, p.padding)
    for name in ("groups", "ceil_mode", "count_include_pad", "eps"):
        if name in options:
            setattr(facts, name, options[name])
    if hasattr(facts, "kernel") and hasattr(facts, "dilation"):
        facts.reach = tuple(
            geometry.effective_kernel_size(k, d)
            for k, d in zip(facts.kernel, facts.dilation, strict=True)
        )
    if hasattr(facts, "reach") and hasattr(facts, "sizes"):
        facts.outputs = geometry.fit(
            facts.sizes, facts.kernel, facts.stride, facts.frame,
            facts.dilation, ceil_mode=options.get("ceil_mode", False),
        )  # fmt: skip
    return facts


def _shapes(facts: Any, options: dict[str, Any]) -> None:
    """Name the sizes of images and kernels."""
    image = options.get("x", options.get("image"))
    if isinstance(image, np.ndarray):
        facts.x = image
        if image.ndim == 4:
            facts.n, facts.c, *facts.sizes = image.shape
        elif image.ndim == 2:
            facts.n = len(image)
    elif isinstance(options.get("y"), np.ndarray):  # of a transpose
        facts.n, facts.c = options["y"].shape[:2]
    kernel = options.get("w", options.get("kernel"))
    if isinstance(kernel, np.ndarray) and kernel.ndim == 4:
        facts.kernel = kernel.shape[2:]
        facts.f = len(kernel)
    if "kernel_size" in options:
        kernel = _checks.pair("kernel_size", options["kernel_size"], least=1)
        facts.kernel = kernel


def _frame(facts: Any, padding: Any) -> Any:
    if not isinstance(padding, str):
        return _checks.frame("padding", padding)
    return geometry.frame_of(
        padding, facts.sizes, facts.kernel, facts.stride, facts.dilation
    )


def _written_as_pairs(f: Any) -> bool:
    written = [
        value
        for name, value in vars(f.p).items()
        if name in {"stride", "padding", "dilation", "kernel_size"}
    ]
    return any(isinstance(value, tuple) for value in written)


def _written_by_sides(f: Any) -> bool:
    padding = f.p.padding
    return isinstance(padding, tuple) and isinstance(padding[0], tuple)


def _no_rest(f: Any) -> bool:
    """Say whether the strides divide what they step over."""
    return all(
        (size + sum(frame) - reach) % s == 0
        for size, frame, reach, s in zip(
            f.sizes, f.frame, f.reach, f.stride, strict=True
        )
    )


def _far_from_zero(f: Any) -> bool:
    axes = (0, *range(2, f.x.ndim))
    values = f.x.astype(float)
    return bool(
        (abs(values.mean(axes)) > 100 * (values.std(axes) + 1e-30)).any()
    )


def _not_laid(layout: str) -> Condition:
    return Condition(
        f"inputs are not {layout}",
        lambda f: f.layout != layout,
        f"inputs that are {layout}",
    )


def _no_nan(f: Any) -> bool:
    arrays = [v for v in vars(f.p).values() if isinstance(v, np.ndarray)]
    return not any(np.isnan(a.astype(float)).any() for a in arrays)


def _starts_inside(f: Any) -> bool:
    """Say whether ceil mode makes no window that starts past the image."""
    return not f.ceil_mode or all(
        -((reach - size - sum(frame)) // s) * s < size + frame[0]
        for size, frame, reach, s in zip(
            f.sizes, f.frame, f.reach, f.stride, strict=True
        )
    )


CONDITIONS = (
    Condition("the batch is not empty", lambda f: f.n > 0, "an empty batch"),
    Condition("all numbers are finite", lambda f: f.kind != "odd"),
    Condition('the padding is not "same"', lambda f: not f.same,
              'padding="same"'),
    Condition('the padding is not "same" with a stride',
              lambda f: not f.same or f.stride == (1, 1),
              'padding="same" with a stride'),
    Condition("padding is the same on both sides",
              lambda f: f.same or all(a == b for a, b in f.frame),
              "uneven padding"),
    Condition("padding is written as one number for each axis",
              lambda f: not _written_by_sides(f),
              "padding written side by side"),
    Condition("there is no padding",
              lambda f: not any(map(sum, f.frame))),
    Condition("padding is at most half of the kernel",
              lambda f: all(2 * max(s) <= k for s, k in
                            zip(f.frame, f.kernel, strict=True)),
              "padding of more than half of the kernel"),
    Condition("padding is less than the kernel reaches",
              lambda f: all(max(s) < r for s, r in
                            zip(f.frame, f.reach, strict=True)),
              "padding as wide as the kernel"),
    Condition("the padding of rows is that of columns",
              lambda f: f.frame[0] == f.frame[1],
              "other padding for rows than for columns"),
    Condition("the stride is 1", lambda f: f.stride == (1, 1)),
    Condition("the strides of rows and columns are equal",
              lambda f: f.stride[0] == f.stride[1],
              "other strides for rows than for columns"),
    Condition("the strides are no longer than the kernel",
              lambda f: all(s <= k for s, k in
                            zip(f.stride, f.kernel, strict=True)),
              "strides longer than the kernel"),
    Condition("windows do not overlap",
              lambda f: all(s >= r for s, r in
                            zip(f.stride, f.reach, strict=True)),
              "windows that overlap"),
    Condition("windows do not overlap, nor leave gaps",
              lambda f: tuple(f.stride) == tuple(f.kernel),
              "strides other than the kernel's size"),
    Condition("there is no dilation", lambda f: f.dilation == (1, 1),
              "dilation"),
    Condition("the dilations of rows and columns are equal",
              lambda f: f.dilation[0] == f.dilation[1],
              "other dilation for rows than for columns"),
    Condition("there is one group", lambda f: f.groups == 1, "groups"),
    Condition("the strides divide the sizes", _no_rest,
              "sizes that the stride does not divide"),
    Condition("ceil_mode is off", lambda f: not f.ceil_mode, "ceil_mode"),
    Condition("ceil_mode is off or nothing overhangs",
              lambda f: not f.ceil_mode or _no_rest(f), "an overhang"),
    Condition("padding is counted", lambda f: f.count_include_pad,
              "count_include_pad=False"),
    Condition("padding is not counted, or there is none",
              lambda f: not f.count_include_pad
              or not any(map(sum, f.frame)),
              "padding that is counted"),
    Condition("options are written as integers",
              lambda f: not _written_as_pairs(f), "options written as pairs"),
    Condition("options are written as pairs", _written_as_pairs,
              "options written as integers"),
    Condition("the kernel is square", lambda f: f.kernel[0] == f.kernel[1],
              "kernels that are not square"),
    Condition("the kernel is of odd size",
              lambda f: all(k % 2 for k in f.kernel), "kernels of even size"),
    Condition("the kernel is not larger than the image",
              lambda f: all(k <= s for k, s in
                            zip(f.reach, f.sizes, strict=True)),
              "kernels larger than the image"),
    Condition("a stride is given", lambda f: f.told, "no stride"),
    Condition("there is no bias", lambda f: not f.bias, "a bias"),
    Condition("there is a bias", lambda f: f.bias, "no bias"),
    Condition("there is one image", lambda f: f.n == 1,
              "more than one image"),
    Condition("x has 4 axes", lambda f: f.x.ndim == 4, "other ranks than 4"),
    Condition("x has 2 axes", lambda f: f.x.ndim == 2, "other ranks than 2"),
    *map(_not_laid, ("strided", "reversed", "transposed", "offset",
                     "read-only")),
    Condition("inputs are contiguous and writable",
              lambda f: f.layout == "contiguous",
              "inputs that are not contiguous and writable"),
    Condition("inputs are writable", lambda f: f.layout != "read-only",
              "read-only inputs"),
    Condition("the answer is square",
              lambda f: f.outputs[0] == f.outputs[1]),
    Condition("the answer is no wider than high",
              lambda f: f.outputs[1] <= f.outputs[0]),
    Condition("the answer is no higher than wide",
              lambda f: f.outputs[0] <= f.outputs[1]),
    Condition("the image is square", lambda f: f.sizes[0] == f.sizes[1]),
    Condition("image and kernel are square",
              lambda f: f.sizes[0] == f.sizes[1]
              and f.kernel[0] == f.kernel[1]),
    Condition("there is one channel", lambda f: f.c == 1),
    Condition("there is one filter", lambda f: f.f == 1),
    Condition("there is more than one image", lambda f: f.n > 1),
    Condition("there are one channel and one filter",
              lambda f: f.c == 1 and f.f == 1),
    Condition("no size is above 32", lambda f: max(f.x.shape) <= 32),
    Condition("no size is above 16", lambda f: max(f.x.shape) <= 16),
    Condition("no size is above 4 channels",
              lambda f: max(f.x.shape[:2]) <= 4),
    Condition("the kernel has one cell",
              lambda f: tuple(f.kernel) == (1, 1)),
    Condition("the kernel is no larger than 3",
              lambda f: max(f.kernel) <= 3),
    Condition("the mean is not far from 0", lambda f: not _far_from_zero(f)),
    Condition("eps is 1e-5", lambda f: float(f.eps) == 1e-5),
    Condition("no number is negative", lambda f: bool((f.x >= 0).all())),
    Condition("the problem is valid", lambda f: f.kind != "invalid"),
    Condition("x has more than one axis", lambda f: f.x.ndim > 1),
    Condition("no axis of an image is empty",
              lambda f: 0 not in f.x.shape[1:]),
    Condition("there is a channel", lambda f: f.c > 0),
    Condition("no number is NaN", _no_nan),
    Condition("no number is above 44", lambda f: bool((f.x <= 44).all())),
    Condition('the padding is not "same" with a dilation',
              lambda f: not f.same or f.dilation == (1, 1)),
    Condition('the padding is not "same" with a stride or a dilation',
              lambda f: not f.same or f.dilation == f.stride == (1, 1)),
    Condition("there is no stride together with a dilation",
              lambda f: (1, 1) in {tuple(f.stride), tuple(f.dilation)}),
    Condition("there is a stride or a dilation, or padding is equal on all "
              "four sides",
              lambda f: not f.dilation == f.stride == (1, 1)
              or len({n for sides in f.frame for n in sides}) == 1),
    Condition("the kernel has more than one cell, or there is no padding",
              lambda f: tuple(f.kernel) != (1, 1)
              or not any(map(sum, f.frame))),
    Condition("ceil_mode makes no window that starts past the image",
              _starts_inside),
    Condition("padding is not counted, or ceil_mode makes no overhang",
              lambda f: not f.count_include_pad or not f.ceil_mode
              or _no_rest(f)),
)  # fmt: skip
"""What an answer may depend on, the simplest first."""

ENOUGH = 5
"""Trials on either side, before a condition says anything."""


def holds(sentence: str, trial: Trial) -> bool:
    """Say whether a condition of this sentence holds for a trial."""
    return any(c(trial) for c in CONDITIONS if c.sentence == sentence)


def right_where(
    right: Sequence[Trial], wrong: Sequence[Trial]
) -> tuple[Condition, float] | None:
    """Find the condition without which an answer is most often wrong.

    No trial of the condition may be wrong. Returns it with the share of the
    other trials that are; none where less than half are.
    """
    best: tuple[Condition, float] | None = None
    for condition in CONDITIONS:
        if any(condition(trial) for trial in wrong):
            continue
        within = sum(condition(trial) for trial in right)
        share = len(wrong) / max(1, len(wrong) + len(right) - within)
        if within >= ENOUGH and share > max(0.5, best[1] if best else 0):
            best = condition, share
    return best if len(wrong) >= ENOUGH else None


def limits_of(
    answered: Sequence[Trial], refused: Iterable[Trial]
) -> tuple[list[str], list[Trial]]:
    """Name what is refused, and list refusals that no limit explains.

    A limit is a condition that no answered trial goes beyond.
    """
    limits = [
        condition
        for condition in CONDITIONS
        if condition.limit and all(map(condition, answered))
    ]
    named: list[str] = []
    unexplained = []
    for trial in refused:
        beyond = [c.limit for c in limits if not c(trial)]
        if not beyond:
            unexplained.append(trial)
        elif not set(beyond) & set(named):
            named.append(beyond[0])
    return named, unexplained
