"""Laws of sections 7 and 8: what a network is trained with."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from hypothesis import strategies as st

from refspec._numbers import Array
from refspec.laws.definitions import DIGITS, decimals, exact_answer
from refspec.laws.domain import FRACTION, Domain
from refspec.laws.law import law
from refspec.laws.problems import (
    Problem,
    classification_problems,
    descent_problems,
    generic,
    logits_problems,
    logits_slopes,
    networks,
    small_networks,
    weights_of,
)
from refspec.laws.relations import Relation, equal
from refspec.network import (
    RBF,
    Add,
    BatchNorm,
    Concat,
    Conv,
    Dense,
    Flatten,
    GlobalAveragePool,
    LeakyReLU,
    Network,
    PartialConv,
    Pool,
    ReLU,
    Subsampling,
    Tanh,
)


def _textbook_shares(logits: Array) -> Array:
    """Give e to every logit, over the sum of its example's, in decimals."""
    with localcontext(prec=DIGITS):
        shares = decimals(logits)
        for n, example in enumerate(shares):
            powers = [x.exp() for x in example]
            shares[n] = [power / sum(powers) for power in powers]
    return shares


def _floats(numbers: Any) -> Array:
    """Bring decimals to floats, which do not show their roundings."""
    return np.asarray(numbers).astype(np.float64)


# Section 7: from scores to a loss


@law("7.4", "7.5", decides=True, p=logits_problems)
def softmax_equals_the_definition(softmax: Any, p: Problem) -> Relation:
    """Each class has its power of e, over the sum of the example's."""
    return equal(p.on(softmax), _textbook_shares(p.logits))


@law("7.4", exact=True, p=logits_problems)
def shares_add_up_to_1(softmax: Any, p: Problem) -> Relation:
    """The probabilities of each example sum to 1."""
    with localcontext(prec=DIGITS):
        sums = softmax(decimals(p.logits)).sum(axis=1)
    return equal(_floats(sums), np.ones(len(p.logits)))


@law("7.4", exact=True, p=logits_problems, shift=lambda _: st.integers(-9, 9))
def a_shift_of_all_logits_changes_nothing(
    softmax: Any, p: Problem, shift: int
) -> Relation:
    """Only the differences of an example's logits count."""
    return equal(softmax(p.logits + shift), softmax(p.logits))


@law("7.4", p=logits_problems)
def a_large_logit_takes_all(softmax: Any, p: Problem) -> Relation:
    """A logit thousands above the others has all, and nothing overflows."""
    shares = np.zeros(p.logits.shape, int)
    shares[np.arange(len(shares)), p.logits.argmax(axis=1)] = 1
    return equal(softmax(p.logits + 4096 * shares), shares)


@law("7.5", decides=True, p=logits_slopes)
def softmax_backward_equals_the_definition(
    softmax_backward: Any, p: Problem
) -> Relation:
    """dx_k is the sum over j of dy_j times dy_j/dx_k = y_j ([j = k] - y_k)."""
    with localcontext(prec=DIGITS):
        dy, y = decimals(p.dy), _textbook_shares(p.logits)
        dx = y * 0
        for n, j, k in np.ndindex(*y.shape, y.shape[1]):
            dx[n, k] += dy[n, j] * y[n, j] * ((j == k) - y[n, k])
    return equal(p.on(softmax_backward), dx)


@law("7.4", "8.1", decides=True, p=classification_problems)
def cross_entropy_equals_the_definition(
    cross_entropy: Any, p: Problem
) -> Relation:
    """The loss is the mean of minus the logarithm of the label's share."""
    with localcontext(prec=DIGITS):
        shares = _textbook_shares(p.logits)
        costs = [-shares[n, k].ln() for n, k in enumerate(p.labels)]
        return equal(p.on(cross_entropy), sum(costs) / len(costs))


@law("7.5", decides=True, p=classification_problems)
def cross_entropy_backward_equals_the_definition(
    cross_entropy_backward: Any, p: Problem
) -> Relation:
    """The gradient is each share, less 1 for the label, over N."""
    with localcontext(prec=DIGITS):
        dx = _textbook_shares(p.logits)
        for n, k in enumerate(p.labels):
            dx[n, k] -= 1
        return equal(p.on(cross_entropy_backward), dx / len(dx))


@law("7.5", exact=True, p=classification_problems)
def the_gradient_goes_through_the_softmax(
    cross_entropy_backward: Any, softmax: Any, softmax_backward: Any,
    p: Problem,
) -> Relation:  # fmt: skip
    """The gradient is softmax's, of -1 over N times the label's share."""
    with localcontext(prec=DIGITS):
        logits = decimals(p.logits)
        at = np.arange(len(logits)), p.labels
        dy = logits * 0
        dy[at] = -1 / (len(logits) * softmax(logits)[at])
        got = cross_entropy_backward(logits, p.labels)
        return equal(_floats(got), _floats(softmax_backward(dy, logits)))


# Section 7: networks


def _answer(volumes: Any) -> Array:
    """Give what a network's last layer makes."""
    return np.asarray(list(volumes.values())[-1])


SMALL_LENET = Network(
    [Conv(2, 2), ReLU(), Pool("max", 2), Flatten(), Dense(3)],
    input_shape=(1, 6, 5),
)
FORK = Network(
    [
        Conv(2, 1, name="left"),
        Conv(2, (1, 3), padding="same", name="right", inputs="input"),
        Add(name="sum", inputs=("left", "right")),
        Concat(name="both", inputs=("right", "sum")),
    ],
    input_shape=(3, 2, 4),
)


@st.composite
def _runs(draw: Any, domain: Domain, *, network: Any = None) -> Any:
    """Draw a network, its weights, images, and a gradient for its answer."""
    network = network or draw(small_networks(domain))
    n = draw(st.integers(1, 2))
    weights, x = (
        weights_of(draw, network),
        generic(draw, (n, *network.input_shape)),
    )
    *_, (_, _, made) = network.walk()
    return network, weights, x, generic(draw, (n, *made))


@law("3.8", "7.1", exact=True, run=partial(_runs, network=SMALL_LENET))
def a_network_runs_layer_after_layer(
    forward: Any, conv2d: Any, relu: Any, max_pool2d: Any, flatten: Any,
    dense: Any, run: Any,
) -> Relation:  # fmt: skip
    """Each layer takes what the layer before makes."""
    network, weights, x, _ = run
    first, last = weights["conv1"], weights["dense1"]
    maps = max_pool2d(relu(conv2d(x, first["w"], first["b"])), 2)
    y = dense(flatten(maps), last["w"], last["b"])
    return equal(_answer(forward(network, weights, x)), y)


@law("3.8", "3.11", exact=True, run=partial(_runs, network=FORK))
def branches_meet(forward: Any, conv2d: Any, run: Any) -> Relation:
    """Branches read the same volume; they add up, or stand side by side."""
    network, weights, x, _ = run
    left, right = weights["left"], weights["right"]
    left = conv2d(x, left["w"], left["b"])
    right = conv2d(x, right["w"], right["b"], padding=((0, 0), (1, 1)))
    both = np.concatenate([right, left + right], axis=1)
    return equal(_answer(forward(network, weights, x)), both)


TABLE = ((0, 2), (1,), (2, 1, 0))
YEAR_1998 = Network(
    [
        PartialConv(TABLE, (2, 1), name="C3"),
        Subsampling((1, 2), name="S4"),
        Flatten(),
        RBF(2, name="output"),
    ],
    input_shape=(3, 3, 4),
)
TODAY = Network(
    [LeakyReLU(0.25, name="rectified"), GlobalAveragePool(name="mean")],
    input_shape=(2, 2, 3),
)
SQUASHED = Network([Tanh(1.5, 0.25)], input_shape=(2,))


@law("7.1", exact=True, run=partial(_runs, network=YEAR_1998))
def the_layers_of_1998(forward: Any, conv2d: Any, run: Any) -> Relation:
    """Filters see maps of a table; windows are summed, weighed and shifted."""
    network, weights, x, _ = run
    volumes = forward(network, weights, x)
    (w, b), c3, first = weights["C3"].values(), [], 0
    for f, maps in enumerate(TABLE):
        own = w[first : first + len(maps)]
        c3.append(conv2d(x[:, maps], own[None], b[f : f + 1]))
        first += len(maps)
    w, b = (v[:, None, None] for v in weights["S4"].values())
    sums = volumes["C3"][..., ::2] + volumes["C3"][..., 1::2]
    expected = np.concatenate(c3, axis=1), w * sums + b
    return equal((volumes["C3"], volumes["S4"]), expected)


@law("7.1", exact=True, run=partial(_runs, network=YEAR_1998))
def the_output_of_1998_measures_distances(forward: Any, run: Any) -> Relation:
    """Each output is the squared distance to the code of its class."""
    network, weights, x, _ = run
    volumes = forward(network, weights, x)
    y = volumes["output"].copy()
    for n, k in np.ndindex(y.shape):
        away = volumes["flatten1"][n] - weights["output"]["w"][k]
        y[n, k] = sum(distance * distance for distance in away)
    return equal(volumes["output"], y)


@law("7.5", exact=True, run=partial(_runs, network=YEAR_1998),
     at=lambda _: st.integers(0, 35))  # fmt: skip
def gradients_of_squares_are_central_differences(
    forward: Any, backward: Any, run: Any, at: int
) -> Relation:
    """Of a square, (f(x + 1) - f(x - 1)) / 2 is the slope at x, exactly."""
    network, weights, x, dy = run
    volumes = forward(network, weights, x)
    dx, gradients = backward(network, weights, volumes, dy)
    got, slopes = [], []
    for layer, name, gradient in _named(dx, gradients):
        place = at % gradient.size
        up, down = (
            _paired(forward, run, layer, name, place, step) for step in (1, -1)
        )
        got.append(gradient.flat[place])
        slopes.append((up - down) / 2)
    return equal(got, slopes)


@law("3.8", exact=True, run=partial(_runs, network=TODAY))
def leaks_and_global_means(forward: Any, run: Any) -> Relation:
    """What is negative passes by a quarter; a map becomes its mean."""
    network, weights, x, _ = run
    x = _around_zero(x)
    volumes = forward(network, weights, x)
    leaked = x.copy()
    for at in np.ndindex(x.shape):
        leaked[at] = x[at] if x[at] > 0 else x[at] / 4
    means = np.empty_like(x, shape=(*x.shape[:2], 1, 1))
    for n, c in np.ndindex(x.shape[:2]):
        means[n, c] = sum(leaked[n, c].flat) / Fraction(leaked[n, c].size)
    return equal((volumes["rectified"], volumes["mean"]), (leaked, means))


def _around_zero(x: Any) -> Any:
    """Bring generic numbers to some between -1 and 1, of which one is 0."""
    x = x / Fraction(10**6)
    x.flat[0] = Fraction(0)
    return x


@law("7.5", exact=True, run=partial(_runs, network=TODAY))
def leaks_and_global_means_give_back(
    forward: Any, backward: Any, run: Any
) -> Relation:
    """A pixel gets its part of a mean's slope, a negative one a quarter of it.

    At 0 there are two slopes; it gets that of the negative ones.
    """
    network, weights, x, dy = run
    x = _around_zero(x)
    dx, _ = backward(network, weights, forward(network, weights, x), dy)
    expected = np.empty_like(x)
    for n, c, i, j in np.ndindex(x.shape):
        share = dy[n, c, 0, 0] / Fraction(x[n, c].size)
        expected[n, c, i, j] = share if x[n, c, i, j] > 0 else share / 4
    return equal(dx, expected)


@law("7.1", "7.5", exact=True, p=partial(logits_slopes, classes=(2,)))
def a_squashed_sum_and_its_slope(
    forward: Any, backward: Any, p: Problem
) -> Relation:
    """Y = A tanh(S x) has the slope S / A (A^2 - y^2)."""
    amplitude, slope = Decimal("1.5"), Decimal("0.25")
    with localcontext(prec=DIGITS):
        x, dy = decimals(p.logits), decimals(p.dy)
        power = np.array([(2 * slope * v).exp() for v in x.flat], object)
        y = amplitude * (power - 1) / (power + 1)
        y = y.reshape(x.shape)
        volumes = forward(SQUASHED, {}, x)
        dx, _ = backward(SQUASHED, {}, volumes, dy)
    expected = dy * slope / amplitude * (amplitude * amplitude - y * y)
    got = _floats(_answer(volumes)), _floats(dx)
    return equal(got, (_floats(y), _floats(expected)))


@law("3.8", "3.9", exact=True, network=networks,
     seed=lambda _: st.integers(0, 9))  # fmt: skip
def volumes_have_the_shapes_of_the_table(
    initial_parameters: Any, forward: Any, backward: Any,
    network_table: Any, network: Network, seed: int,
) -> Relation:  # fmt: skip
    """A run makes the shapes of the table; gradients are like weights."""
    weights = initial_parameters(network, rng=seed)
    x = np.random.default_rng(seed).normal(size=(2, *network.input_shape))
    volumes = forward(network, weights, x)
    dx, gradients = backward(network, weights, volumes, _answer(volumes))
    table = {row.name: row.output_shape for row in network_table(network)}
    shapes = {name: volumes[name].shape[1:] for name in table}
    alike = (shapes, dx.shape, _shapes(gradients))
    return equal(alike == (table, x.shape, _shapes(weights)), True)


def _shapes(weights: Any) -> Any:
    """Give the shapes of weights, by name."""
    return {
        layer: {name: array.shape for name, array in arrays.items()}
        for layer, arrays in weights.items()
    }


def _stepped(arrays: Any, layer: str, name: str, at: int, step: Any) -> Any:
    """Move one number of the arrays of a network."""
    moved = arrays[layer][name].copy()
    moved.flat[at] += step
    return {**arrays, layer: {**arrays[layer], name: moved}}


STEP = Fraction(1, 10**60)
"""Less than from any number to the next kink of a drawn network."""


@law("7.5", exact=True, run=_runs, at=lambda _: st.integers(0, 99))
def gradients_of_a_network_are_slopes(
    forward: Any, backward: Any, run: Any, at: int
) -> Relation:
    """A step of one weight or pixel changes <y, dy> by its gradient.

    The function is linear in each, in pieces: a kink, where the slopes to
    the left and to the right differ, says nothing.
    """
    network, weights, x, dy = run
    volumes = forward(network, weights, x)
    dx, gradients = backward(network, weights, volumes, dy)
    got, slopes = [], []
    for layer, name, gradient in _named(dx, gradients):
        place = at % gradient.size
        here = (_answer(volumes) * dy).sum()
        right, left = (
            (_paired(forward, run, layer, name, place, step) - here) / step
            for step in (STEP, -STEP)
        )
        got.append(gradient.flat[place])
        slopes.append(right if left == right else got[-1])
    return equal(got, slopes)


@law("7.5", run=_runs)
def training_needs_no_gradient_of_the_images(
    forward: Any, backward: Any, run: Any
) -> Relation:
    """What is left out changes no gradient of a weight."""
    network, weights, x, dy = run
    volumes = forward(network, weights, x)
    _, whole = backward(network, weights, volumes, dy)
    none, less = backward(network, weights, volumes, dy, input_gradient=False)
    return equal((none is None, *_arrays(less)), (True, *_arrays(whole)))


def _arrays(gradients: Any) -> Any:
    """List the gradients of all weights."""
    return tuple(array for _, _, array in _named(None, gradients))[1:]


def _named(dx: Any, gradients: Any) -> Any:
    """List all gradients, with the names of layer and weight."""
    yield "input", "x", dx
    for layer, arrays in gradients.items():
        for name, gradient in arrays.items():
            yield layer, name, gradient


def _paired(
    forward: Any, run: Any, layer: str, name: str, at: int, step: Any
) -> Any:
    """Give <y, dy> after a step."""
    network, weights, x, dy = run
    arrays = _stepped({**weights, "input": {"x": x}}, layer, name, at, step)
    x = arrays.pop("input")["x"]
    return (_answer(forward(network, arrays, x)) * dy).sum()


# Section 8: mini-batches


@law("8.1", n=lambda _: st.integers(0, 9), size=lambda _: st.integers(1, 10),
     rng=lambda _: st.none() | st.integers(0, 9))  # fmt: skip
def every_example_comes_exactly_once(
    minibatches: Any, n: int, size: int, rng: Any
) -> Relation:
    """An epoch has every example once, with its label, in full batches.

    Only the last may be smaller.
    """
    batches = list(minibatches(10 * np.arange(n), np.arange(n), size, rng=rng))
    labels = [int(label) for _, batch in batches for label in batch]
    sizes = [len(batch) for _, batch in batches]
    rest = [n % size] if n % size else []
    return equal(
        (
            [int(x) for batch, _ in batches for x in batch],
            sorted(labels) if rng is not None else labels,
            sizes,
        ),
        (
            [10 * label for label in labels],
            list(range(n)),
            [size] * (n // size) + rest,
        ),
    )


def _ones(network: Network) -> Any:
    """Make weights that change nothing: 1, and 0 for what is added."""
    return {
        layer: {
            name: FRACTION.cast(np.full(shape, int(name in {"w", "gamma"})))
            for name, shape in shapes.items()
        }
        for layer, shapes in network.parameter_shapes().items()
    }


@st.composite
def _epochs(
    draw: Any, domain: Domain, *, equal_sizes: bool = True,
    normalized: bool = False,
) -> Any:  # fmt: skip
    """Draw a network, weights, examples, and the size of mini-batches.

    With a batch norm the examples are such that every root is a fraction.
    """
    if normalized:
        a, b = draw(st.sampled_from([(7, 1), (17, 7), (1, 7)]))
        x = FRACTION.cast([[a], [-a], [b], [-b]])
        layers = [Dense(1, bias=False), BatchNorm(eps=0)]
        network = Network(layers, input_shape=(1,))
        return network, _ones(network), x, generic(draw, (4, 1)), 2
    network = draw(small_networks(domain))
    size = draw(st.integers(1, 3))
    n = size * draw(st.integers(1, 3)) if equal_sizes else size + 1
    x, dy = generic(draw, (n, *network.input_shape)), generic(draw, (n, 2))
    return network, weights_of(draw, network), x, dy, size


def _gradients(forward: Any, backward: Any, epoch: Any, at: Any) -> Any:
    """Give the gradients of the mean of <y, dy> over some examples."""
    network, weights, x, dy, _ = epoch
    volumes = forward(network, weights, x[at])
    share = dy[at] / Fraction(len(at))
    _, gradients = backward(network, weights, volumes, share)
    return _arrays(gradients)


def _mean_of_batches(
    minibatches: Any, forward: Any, backward: Any, epoch: Any, *, weigh: bool
) -> Any:
    """Give the mean of the mini-batches' gradients."""
    _, _, x, _, size = epoch
    batches = [at for _, at in minibatches(x, np.arange(len(x)), size)]
    weights = [len(at) if weigh else 1 for at in batches]
    parts = [_gradients(forward, backward, epoch, at) for at in batches]
    return tuple(
        sum(w * part for w, part in zip(weights, each, strict=True))
        / Fraction(sum(weights))
        for each in zip(*parts, strict=True)
    )


def _line(x: Any, dy: Any, size: int, *layers: Any) -> Any:
    """Make an epoch of a network with one weight, which is 1."""
    network = Network([Dense(1, bias=False), *layers], input_shape=(1,))
    x, dy = FRACTION.cast(x)[:, None], FRACTION.cast(dy)[:, None]
    return network, _ones(network), x, dy, size


@law(
    "8.1",
    exact=True,
    epoch=_epochs,
    unless={"epoch": partial(_epochs, equal_sizes=False)},
    breaks={"epoch": _line([1, 1, 1], [0, 0, 3], 2)},
)
def the_mean_of_the_batches_is_the_full_gradient(
    minibatches: Any, forward: Any, backward: Any, epoch: Any
) -> Relation:
    """Mini-batches of equal size have the full gradient as their mean.

    For the same weights, and a mean loss per example.
    """
    x = epoch[2]
    full = _gradients(forward, backward, epoch, np.arange(len(x)))
    mean = _mean_of_batches(minibatches, forward, backward, epoch, weigh=False)
    return equal(mean, full)


@law(
    "8.1",
    exact=True,
    epoch=partial(_epochs, equal_sizes=False),
    unless={"epoch": partial(_epochs, normalized=True)},
    breaks={"epoch": _line([7, -7, 1, -1], [5, 0, 0, 0], 2, BatchNorm(eps=0))},
)
def weighed_by_size_batches_of_any_size_do(
    minibatches: Any, forward: Any, backward: Any, epoch: Any
) -> Relation:
    """Weighed by their sizes, mini-batches add up to the full gradient.

    Not with a batch norm inside, where examples change each other.
    """
    x = epoch[2]
    full = _gradients(forward, backward, epoch, np.arange(len(x)))
    mean = _mean_of_batches(minibatches, forward, backward, epoch, weigh=True)
    return equal(mean, full)


@law("7.4", decides=True, p=descent_problems)
def sgd_step_equals_the_definition(sgd_step: Any, p: Problem) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(sgd_step), exact_answer("sgd_step", p))


@law("7.4", exact=True, p=descent_problems)
def a_step_goes_down_the_gradient(sgd_step: Any, p: Problem) -> Relation:
    """Every number moves by the learning rate times its slope, downhill."""
    moved = p.parameters.copy()
    for at in np.ndindex(moved.shape):
        moved[at] -= Fraction(p.learning_rate) * p.gradients[at]
    return equal(p.on(sgd_step), moved)


@law("7.4", exact=True, run=_runs)
def a_step_moves_every_weight_of_a_network(
    sgd_step: Any, run: Any
) -> Relation:
    """A step of a network is a step of each of its arrays."""
    _, weights, _, _ = run
    stepped = sgd_step(weights, weights, learning_rate=1)
    left = [array for _, _, array in _named(weights, stepped)][1:]
    return equal(tuple(left), tuple(array * 0 for array in left))
