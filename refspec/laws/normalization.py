"""Laws of section 8: batch normalization."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refspec import conv2d
from refspec._numbers import Array, square_root
from refspec.laws.definitions import exact_answer
from refspec.laws.domain import Domain
from refspec.laws.law import law
from refspec.laws.problems import (
    Problem,
    batch_norm_problems,
    batch_norm_slopes,
    batch_problems,
    conv_problems,
    eps_of_roots,
    fold_problems,
    folded_convolutions,
    inference_problems,
    normalized_convolutions,
    rooted_batches,
    running_problems,
    square_batches,
)
from refspec.laws.relations import Relation, equal, refuses


def _mean(values: Any) -> Any:
    """Give the mean of numbers, as a textbook has it."""
    values = list(values)
    return sum(values, Fraction(0)) / len(values)


def _moments(x: Array) -> tuple[Array, Array]:
    """Give mean and variance of each channel, as a textbook has them."""
    means, variances = [], []
    for c in range(x.shape[1]):
        means.append(_mean(x[:, c].flat))
        variances.append(_mean((v - means[c]) ** 2 for v in x[:, c].flat))
    return np.array(means), np.array(variances)


def _spread(v: Any, x: Array) -> Array:
    """Lay a number per channel along the channels of x."""
    return np.asarray(v).reshape(-1, *[1] * (x.ndim - 2))


def _normalized(p: Problem) -> Array:
    """Give x-hat, as a textbook has it."""
    mean, variance = _moments(p.x)
    root = square_root(variance + p.eps)
    return np.asarray((p.x - _spread(mean, p.x)) / _spread(root, p.x))


def _channel_sums(x: Array) -> Array:
    """Add up each channel."""
    return np.asarray(x.sum(axis=(0, *range(2, x.ndim))))


# Steps 1 to 3


@law("8.3", decides=True, p=batch_problems)
def batch_statistics_equals_the_definition(
    batch_statistics: Any, p: Problem
) -> Relation:
    """The answers are those of the definition."""
    return equal(p.on(batch_statistics), exact_answer("batch_statistics", p))


@law("8.3", exact=True, p=batch_problems)
def statistics_are_means_over_examples_and_pixels(
    batch_statistics: Any, p: Problem
) -> Relation:
    """The mean of a channel's values, and of their squared distances to it."""
    return equal(p.on(batch_statistics), _moments(p.x))


@law("8.3", exact=True, p=batch_problems, a=lambda _: st.integers(-3, 3),
     b=lambda _: st.integers(-3, 3))  # fmt: skip
def statistics_follow_scale_and_shift(
    batch_statistics: Any, p: Problem, a: int, b: int
) -> Relation:
    """The statistics of a x + b are a mean + b and a^2 variance."""
    mean, variance = p.on(batch_statistics)
    moved = batch_statistics(a * p.x + b)
    return equal(moved, (a * mean + b, a * a * variance))


@law("8.4", "8.5", decides=True, p=batch_norm_problems)
def batch_norm_equals_the_definition(batch_norm: Any, p: Problem) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(batch_norm), exact_answer("batch_norm", p))


@law("8.4", "8.5", exact=True, p=rooted_batches)
def center_divide_scale_and_shift(batch_norm: Any, p: Problem) -> Relation:
    """The answer is gamma (x - mean) / root(variance + eps) + beta."""
    gamma, beta = _spread(p.gamma, p.x), _spread(p.beta, p.x)
    return equal(p.on(batch_norm), gamma * _normalized(p) + beta)


def _plain(p: Problem) -> Problem:
    """Leave out the third step: gamma is 1 and beta 0."""
    return p.but(gamma=p.gamma * 0 + 1, beta=p.beta * 0)


@law(
    "8.4",
    exact=True,
    p=square_batches,
    unless={"p": rooted_batches},
    breaks={"p": Problem(x=[[-1], [1]], gamma=[1], beta=[0], eps=3)},
)
def normalized_values_have_mean_0_and_variance_1(
    batch_norm: Any, p: Problem
) -> Relation:
    """Where eps is 0, the normalized values have mean 0 and variance 1."""
    none = np.zeros_like(p.gamma)
    return equal(_moments(_plain(p).on(batch_norm)), (none, none + 1))


@law("8.4", exact=True, p=rooted_batches)
def eps_leaves_less_than_variance_1(batch_norm: Any, p: Problem) -> Relation:
    """x-hat has mean 0 and variance sigma^2 / (sigma^2 + eps)."""
    _, variance = _moments(p.x)
    expected = np.zeros_like(p.gamma), variance / (variance + p.eps)
    return equal(_moments(_plain(p).on(batch_norm)), expected)


@law("8.4", "8.5", exact=True, p=rooted_batches)
def gamma_and_beta_set_variance_and_mean(
    batch_norm: Any, p: Problem
) -> Relation:
    """After step 3: mean beta, variance gamma^2 sigma^2/(sigma^2 + eps)."""
    _, variance = _moments(p.x)
    share = variance / (variance + p.eps)
    return equal(_moments(p.on(batch_norm)), (p.beta, p.gamma**2 * share))


@st.composite
def _constant(draw: Any, domain: Domain) -> Problem:
    p: Problem = draw(rooted_batches(domain))
    root = draw(st.sampled_from([Fraction(1), Fraction(1, 3)]))
    return p.but(x=p.x * 0 + _spread(p.beta, p.x), eps=root * root)


@law("8.4", exact=True, p=_constant)
def a_constant_channel_gives_beta(batch_norm: Any, p: Problem) -> Relation:
    """Where all values of a channel are the same, the answer is beta."""
    return equal(p.on(batch_norm), p.x * 0 + _spread(p.beta, p.x))


@st.composite
def _single(draw: Any, domain: Domain) -> Problem:
    p: Problem = draw(batch_norm_problems(domain))
    return p.but(x=p.x.reshape(*p.x.shape[:2], -1)[:1, :, 0])


@law("8.4", p=_single)
def a_single_value_is_refused(batch_norm: Any, p: Problem) -> Relation:
    """One value per channel has no variance to train on: it is refused."""
    return refuses(lambda: p.on(batch_norm))


@law("8.5", exact=True, p=rooted_batches)
def gamma_and_beta_can_undo_it(
    batch_norm: Any, batch_statistics: Any, p: Problem
) -> Relation:
    """With gamma = root(sigma^2 + eps) and beta = mu the input is back."""
    mean, variance = batch_statistics(p.x)
    root = square_root(variance + p.eps)
    return equal(p.on(batch_norm, gamma=root, beta=mean), p.x)


@law("8.6", exact=True, p=rooted_batches)
def no_channel_changes_another(batch_norm: Any, p: Problem) -> Relation:
    """Batch norm works channel by channel."""
    alone = [
        p.on(batch_norm, x=p.x[:, i], gamma=p.gamma[i], beta=p.beta[i])
        for c in range(len(p.gamma))
        for i in [slice(c, c + 1)]
    ]
    return equal(p.on(batch_norm), np.concatenate(alone, axis=1))


@st.composite
def _two_batches(draw: Any, domain: Domain, *, alike: bool = True) -> Any:
    """Draw a batch, and others for its first example.

    They are `alike` where they have the statistics of those before.
    """
    p = draw(rooted_batches(domain, least=3))
    x = p.x[:, :1]
    others = x[1:][::-1, ..., ::-1]
    if not alike:
        others = others + draw(st.integers(-3, 3))
    other = np.concatenate([x[:1], others])
    variances = np.concatenate([_moments(x)[1], _moments(other)[1]])
    p = p.but(x=x, gamma=p.gamma[:1], beta=p.beta[:1])
    return p.but(eps=eps_of_roots(variances)), other


@law(
    "8.6",
    exact=True,
    case=_two_batches,
    unless={"case": partial(_two_batches, alike=False)},
    breaks={
        "case": (
            Problem(x=[[0], [2]], gamma=[1], beta=[0], eps=0),
            np.array([[Fraction(0)], [Fraction(-2)]]),
        )
    },
)
def examples_meet_in_the_statistics(batch_norm: Any, case: Any) -> Relation:
    """An example's answer stays where the statistics of its batch do.

    In general the other examples change it.
    """
    p, other = case
    return equal(p.on(batch_norm)[:1], p.on(batch_norm, x=other)[:1])


@law("8.6", exact=True, p=rooted_batches, shift=lambda _: st.integers(-3, 3))
def a_shift_is_forgotten(batch_norm: Any, p: Problem, shift: int) -> Relation:
    """A shift of each channel by its own amount changes nothing."""
    moved = p.x + _spread(shift + p.beta, p.x)
    return equal(p.on(batch_norm, x=moved), p.on(batch_norm))


@law("8.6", exact=True, p=rooted_batches,
     a=lambda _: st.sampled_from([-2, Fraction(1, 3), 5]))  # fmt: skip
def a_scale_is_forgotten_but_for_its_sign(
    batch_norm: Any, p: Problem, a: Any
) -> Relation:
    """BN(a x; a^2 eps) = sign(a) BN(x; eps), beta apart."""
    plain = p.but(beta=p.beta * 0)
    scaled = plain.on(batch_norm, x=a * p.x, eps=a * a * p.eps)
    return equal(scaled, plain.on(batch_norm) * (1 if a > 0 else -1))


# Training and inference


@law("8.7", decides=True, p=inference_problems)
def batch_norm_inference_equals_the_definition(
    batch_norm_inference: Any, p: Problem
) -> Relation:
    """The answer is that of the definition."""
    expected = exact_answer("batch_norm_inference", p)
    return equal(p.on(batch_norm_inference), expected)


@law("8.7", exact=True, p=inference_problems)
def inference_normalizes_by_what_is_given(
    batch_norm_inference: Any, p: Problem
) -> Relation:
    """Every value becomes gamma (x - mean) / root(variance + eps) + beta."""
    y = p.x.copy()
    for at in np.ndindex(y.shape):
        c = at[1]
        root = square_root(p.variance[c : c + 1] + p.eps)[0]
        y[at] = p.gamma[c] * (p.x[at] - p.mean[c]) / root + p.beta[c]
    return equal(p.on(batch_norm_inference), y)


@law("8.7", exact=True, p=rooted_batches)
def training_is_inference_with_the_batchs_statistics(
    batch_norm: Any, batch_norm_inference: Any, batch_statistics: Any,
    p: Problem,
) -> Relation:  # fmt: skip
    """Given the batch's own mean and variance, inference is training."""
    given = batch_norm_inference(
        p.x, *batch_statistics(p.x), p.gamma, p.beta, eps=p.eps
    )
    return equal(p.on(batch_norm), given)


@law("8.7", decides=True, p=running_problems)
def running_statistics_equals_the_definition(
    running_statistics: Any, p: Problem
) -> Relation:
    """The answers are those of the definition."""
    expected = exact_answer("running_statistics", p)
    return equal(p.on(running_statistics), expected)


@law("8.7", exact=True, p=running_problems)
def the_momentum_weighs_the_new_value(
    running_statistics: Any, p: Problem
) -> Relation:
    """Running: (1 - a) old + a new; the new variance is over m - 1."""
    new, _ = _moments(p.x)
    m = p.x[:, 0].size
    distances = (p.x - _spread(new, p.x)) ** 2
    unbiased = _channel_sums(distances) / Fraction(m - 1)
    a = Fraction(p.momentum)
    mean = (1 - a) * p.mean + a * new
    variance = (1 - a) * p.variance + a * unbiased
    return equal(p.on(running_statistics), (mean, variance))


# Folding


@law("8.8", decides=True, p=fold_problems)
def fold_batch_norm_equals_the_definition(
    fold_batch_norm: Any, p: Problem
) -> Relation:
    """The answers are those of the definition."""
    return equal(p.on(fold_batch_norm), exact_answer("fold_batch_norm", p))


@law(
    "8.8",
    exact=True,
    case=folded_convolutions,
    training=lambda _: st.just(False),
    unless={"training": lambda _: st.just(True)},
    breaks={
        "case": (
            np.array([[[[0, 2]]]]),
            {},
            Problem(
                w=[[[[1]]]], b=None, mean=[0], variance=[1], gamma=[1],
                beta=[0], eps=3,
            ),
        ),
        "training": True,
    },
)  # fmt: skip
def a_folded_convolution_answers_alike(
    conv2d: Any, batch_norm: Any, batch_norm_inference: Any,
    fold_batch_norm: Any, case: Any, training: Any,
) -> Relation:  # fmt: skip
    """In inference, a convolution with the batch norm folded in is both."""
    x, options, p = case
    maps = conv2d(x, p.w, p.b, **options)
    given = () if training else (p.mean, p.variance)
    normalize = batch_norm if training else batch_norm_inference
    both = normalize(maps, *given, p.gamma, p.beta, eps=p.eps)
    return equal(conv2d(x, *p.on(fold_batch_norm), **options), both)


@st.composite
def _folded_dense(draw: Any, domain: Domain) -> tuple[Array, Problem]:
    p = draw(fold_problems(domain))
    w = p.w.reshape(len(p.w), -1)
    return domain.tensor(draw, (2, w.shape[1])), p.but(w=w)


@law("8.8", exact=True, case=_folded_dense)
def a_folded_dense_layer_answers_alike(
    dense: Any, batch_norm_inference: Any, fold_batch_norm: Any, case: Any
) -> Relation:
    """A dense layer with the batch norm folded in is both, in inference."""
    x, p = case
    y = dense(x, p.w, p.b)
    both = batch_norm_inference(
        y, p.mean, p.variance, p.gamma, p.beta, eps=p.eps
    )
    return equal(dense(x, *p.on(fold_batch_norm)), both)


@st.composite
def _affine(draw: Any, domain: Domain, *, foldable: bool) -> Problem:
    """Draw x and a batch norm that scales by gamma and shifts by beta."""
    shape = (draw(st.integers(1, 2)), draw(st.integers(1, 3)), 2, 1)
    gamma, beta = (domain.tensor(draw, shape[1:2]) for _ in range(2))
    if foldable:
        gamma, beta = abs(gamma), abs(beta) * (gamma == 0)
    return Problem(
        x=domain.tensor(draw, shape), mean=gamma * 0, variance=gamma * 0 + 1,
        gamma=gamma, beta=beta, eps=0.0,
    )  # fmt: skip


@law(
    "8.9",
    p=partial(_affine, foldable=True),
    unless={"p": partial(_affine, foldable=False)},
    breaks={
        "p": Problem(
            x=[[1]], mean=[0], variance=[1], gamma=[-1], beta=[0], eps=0.0
        )
    },
)
def it_moves_through_a_relu(
    batch_norm_inference: Any, relu: Any, p: Problem
) -> Relation:
    """Scale > 0 and shift 0, or scale 0 and shift >= 0, pass a ReLU."""
    after = p.on(batch_norm_inference, x=relu(p.x))
    return equal(relu(p.on(batch_norm_inference)), after)


@law("8.9", p=partial(_affine, foldable=False))
def nothing_else_moves_through_a_relu(
    batch_norm_inference: Any, relu: Any, p: Problem
) -> Relation:
    """No other scale and shift pass a ReLU on all numbers.

    A number far enough on either side of zero, and zero itself, tell.
    """
    far = np.full_like(p.x, 1024)
    x = np.concatenate([-far, far * 0, far])
    after = p.on(batch_norm_inference, x=relu(x))
    passes = (relu(p.on(batch_norm_inference, x=x)) == after).all((0, 2, 3))
    unshifted = (p.gamma > 0) & (p.beta == 0)
    return equal(passes, unshifted | ((p.gamma == 0) & (p.beta >= 0)))


@st.composite
def _next_convolution(draw: Any, /, domain: Domain, **narrower: Any) -> Any:
    """Draw a convolution and a batch norm before it."""
    p = draw(conv_problems(domain, groups=(1,), batches=(1, 2), **narrower))
    c = p.x.shape[1:2]
    return p, domain.tensor(draw, c), domain.tensor(draw, c)


@law(
    "8.9",
    exact=True,
    case=partial(_next_convolution, paddings=(0,)),
    unless={"case": _next_convolution},
    breaks={
        "case": (
            Problem(
                x=[[[[0]]]], w=[[[[1] * 3] * 3]], b=None,
                padding=((1, 1), (1, 1)),
            ),
            np.array([Fraction(1)]),
            np.array([Fraction(1)]),
        )
    },
)  # fmt: skip
def it_folds_into_the_next_convolution(
    batch_norm_inference: Any, conv2d: Any, case: Any
) -> Relation:
    """Without zero padding, the next convolution takes scale and shift in.

    Padding puts zeros where the shift should be.
    """
    p, scale, shift = case
    x = batch_norm_inference(
        p.x, scale * 0, scale * 0 + 1, scale, shift, eps=0
    )
    seen = (p.w * shift[:, None, None]).sum(axis=(1, 2, 3))
    b = seen if p.b is None else p.b + seen
    folded = p.on(conv2d, w=p.w * scale[:, None, None], b=b)
    return equal(folded, p.on(conv2d, x=x))


# Gradients


@law("8.12", "7.5", decides=True, p=batch_norm_slopes)
def batch_norm_backward_equals_the_definition(
    batch_norm_backward: Any, p: Problem
) -> Relation:
    """The gradients are those of the definition."""
    expected = exact_answer("batch_norm_backward", p)
    return equal(p.on(batch_norm_backward), expected)


@st.composite
def _slopes(draw: Any, domain: Domain, *, batches: Any) -> Problem:
    """Draw a gradient for the answer of a batch norm with exact roots."""
    p = draw(batches(domain))
    dy = domain.tensor(draw, p.x.shape)
    return Problem(dy=dy, x=p.x, gamma=p.gamma, eps=p.eps)


rooted_slopes = partial(_slopes, batches=rooted_batches)


def _product_rule(p: Problem, way: Any) -> Array:
    """Give how fast y changes, as x, gamma and beta go their ways.

    The derivatives of the mean, the variance, its root, x-hat and y, one
    after another.
    """
    x_way, gamma_way, beta_way = way
    mean, variance = (_spread(v, p.x) for v in _moments(p.x))
    root = _spread(square_root((variance + p.eps).reshape(-1)), p.x)
    mean_way = _spread(_moments(x_way)[0], p.x)
    slant = (p.x - mean) * (x_way - mean_way)
    root_way = _spread(_moments(slant)[0], p.x) / root
    hat = (p.x - mean) / root
    hat_way = (x_way - mean_way - hat * root_way) / root
    scaled = _spread(gamma_way, p.x) * hat + _spread(p.gamma, p.x) * hat_way
    return np.asarray(scaled + _spread(beta_way, p.x))


@st.composite
def _slopes_and_way(draw: Any, domain: Domain) -> tuple[Problem, Any]:
    p = draw(rooted_slopes(domain))
    shapes = p.x.shape, p.gamma.shape, p.gamma.shape
    return p, [domain.tensor(draw, shape) for shape in shapes]


@law("8.12", exact=True, case=_slopes_and_way)
def the_gradients_follow_from_the_product_rule(
    batch_norm_backward: Any, case: Any
) -> Relation:
    """Whichever way the inputs go, <dy, y'> is <dx, x'> and its like."""
    p, way = case
    gradients = p.on(batch_norm_backward)
    pairs = zip(gradients, way, strict=True)
    paired = sum((gradient * part).sum() for gradient, part in pairs)
    return equal(paired, (p.dy * _product_rule(p, way)).sum())


@law("8.12", exact=True, p=rooted_slopes)
def input_gradients_sum_to_zero(
    batch_norm_backward: Any, p: Problem
) -> Relation:
    """The input gradient of each channel sums to 0, for any eps."""
    dx, _, _ = p.on(batch_norm_backward)
    return equal(_channel_sums(dx), np.zeros_like(p.gamma))


@law("8.12", exact=True, p=rooted_slopes)
def the_input_gradient_along_x_hat(
    batch_norm_backward: Any, p: Problem
) -> Relation:
    """<dx, x-hat> = gamma eps / (sigma^2 + eps)^1.5 <dy, x-hat>."""
    dx, _, _ = p.on(batch_norm_backward)
    hat = _normalized(p)
    radicand = _moments(p.x)[1] + p.eps
    share = p.gamma * p.eps / (radicand * square_root(radicand))
    return equal(_channel_sums(dx * hat), share * _channel_sums(p.dy * hat))


# After a convolution


@st.composite
def _before_batch_norm(draw: Any, domain: Domain, *, zero: bool = True) -> Any:
    """Draw a convolution, a factor, dy and eps of a batch norm after it."""
    channels = (1, 2, 3) if zero else (1,)
    p = draw(normalized_convolutions(domain, channels=channels))
    a = draw(st.sampled_from([2, Fraction(1, 3), 5]))
    maps = conv2d(p.x, p.w, **p.options)
    _, (variance, *_) = _moments(maps)
    variances = np.array([variance, a * a * variance])
    more = draw(st.integers(1, 3))
    eps = 0 if zero else eps_of_roots(variances, more)
    return p, a, domain.tensor(draw, maps.shape), eps


TWO_PIXELS = (
    Problem(x=[[[[-1]]], [[[1]]]], w=[[[[1]]]]),
    2,
    np.array([[[[Fraction(0)]]], [[[Fraction(1)]]]]),
    Fraction(105, 64),
)
"""1 + eps and 4 + eps are the squares of 13/8 and 19/8."""


@law(
    "8.11",
    exact=True,
    case=_before_batch_norm,
    unless={"case": partial(_before_batch_norm, zero=False)},
    breaks={"case": TWO_PIXELS},
)
def the_scale_of_the_weights_is_forgotten(
    conv2d: Any, batch_norm: Any, case: Any
) -> Relation:
    """After a convolution, where eps is 0, weights times a > 0 are alike."""
    p, a, _, eps = case
    one = np.full(len(p.w), Fraction(1))
    maps, scaled = p.on(conv2d), p.on(conv2d, w=a * p.w)
    return equal(
        batch_norm(scaled, one, one, eps=eps),
        batch_norm(maps, one, one, eps=eps),
    )


@law(
    "8.11",
    exact=True,
    case=_before_batch_norm,
    unless={"case": partial(_before_batch_norm, zero=False)},
    breaks={"case": TWO_PIXELS},
)
def the_gradient_is_orthogonal_to_the_weights(
    conv2d: Any, conv2d_backward: Any, batch_norm_backward: Any, case: Any
) -> Relation:
    """Where eps is 0, <w, dw> = 0 for every filter before a batch norm."""
    p, _, dy, eps = case
    one = np.full(len(p.w), Fraction(1))
    dmaps, _, _ = batch_norm_backward(dy, p.on(conv2d), one, eps=eps)
    _, dw, _ = conv2d_backward(dmaps, p.x, p.w, **p.options)
    return equal((p.w * dw).sum(axis=(1, 2, 3)), one * 0)
