"""What laws cannot say of training: types, errors, whole networks."""

from __future__ import annotations

import math
from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

import refspec
from refspec import BatchNorm, Concat, Conv, Dense, Flatten, Network, ReLU
from refspec.network import Layer

LOGITS = [[1, 2, 3], [3, 2, 1]]
FLOATS = ["f2", "f4", "f8", ml_dtypes.bfloat16]


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_loss_is_of_the_logits_type(dtype):
    """So is its gradient, whatever the labels are counted in."""
    logits = np.array(LOGITS, dtype)
    answers = [
        refspec.softmax(logits),
        refspec.softmax_backward(logits, logits),
        refspec.cross_entropy(logits, [0, 1]),
        refspec.cross_entropy_backward(logits, np.array([0, 1], "u1")),
        refspec.sgd_step(logits, logits, learning_rate=0.1),
    ]
    assert {answer.dtype for answer in answers} == {np.dtype(dtype)}


def test_integer_logits_have_float_shares():
    """Nothing is cut off."""
    assert refspec.softmax([[0, 0]]).tolist() == [[0.5, 0.5]]


def test_logits_at_the_end_of_their_range_do_not_overflow():
    """The largest is taken off before the power."""
    far = np.array([[-1e308, 0, 1e308]])
    with np.errstate(over="ignore"):
        assert refspec.softmax(far).tolist() == [[0, 0, 1]]
    assert refspec.cross_entropy([[0.0, 1000.0]], [0]) == 1000


def test_a_class_that_is_ruled_out_has_no_share():
    """Minus infinity is a logit; the shares of the others add up."""
    y = refspec.softmax([[-math.inf, 0.0, 0.0]])
    assert y.tolist() == [[0, 0.5, 0.5]]


@pytest.mark.parametrize("label", [-1, 3, 0.5, math.nan])
def test_a_label_that_is_none_of_the_classes_is_refused(label):
    """Labels are whole numbers from 0 to K - 1."""
    for loss in (refspec.cross_entropy, refspec.cross_entropy_backward):
        with pytest.raises(ValueError, match=r"^labels: expected .* 0 to 2"):
            loss(LOGITS, [0, label])


def test_whole_numbers_of_any_type_are_labels():
    """A label of 1.0 is the class 1."""
    dx = refspec.cross_entropy_backward([[0.0, 0.0]], [1.0])
    assert dx.tolist() == [[0.5, -0.5]]


def test_a_mean_over_no_examples_is_refused():
    """Softmax of none is none."""
    none = np.ones((0, 3))
    assert refspec.softmax(none).shape == (0, 3)
    with pytest.raises(ValueError, match=r"^logits.shape: .*\(0, 3\)"):
        refspec.cross_entropy(none, [])


def test_the_same_number_shuffles_alike():
    """A generator goes on where it was; a number begins anew."""
    x = np.arange(20)

    def epoch(rng):
        return [b.tolist() for b, _ in refspec.minibatches(x, x, 6, rng=rng)]

    assert epoch(1) == epoch(1)
    assert epoch(1) != epoch(2)
    generator = np.random.default_rng(1)
    assert [epoch(1), epoch(generator)] != [epoch(generator)] * 2


def test_bad_minibatches_are_refused_before_the_first():
    """Not when the first is asked for."""
    with pytest.raises(ValueError, match=r"^labels: expected one per example"):
        refspec.minibatches(np.ones((2, 1)), [1], 1)
    with pytest.raises(ValueError, match=r"^size: expected at least 1"):
        refspec.minibatches([1], [1], 0)


def test_a_step_makes_new_arrays():
    """The weights that were given stay, those of no gradient pass."""
    weights = {"a": {"w": np.ones(2)}, "b": {"w": np.ones(1)}}
    stepped = refspec.sgd_step(
        weights, {"a": {"w": np.ones(2)}}, learning_rate=1
    )
    assert stepped["a"]["w"].tolist() == [0, 0]
    assert weights["a"]["w"].tolist() == [1, 1]
    assert stepped["b"]["w"].tolist() == [1]


def test_a_float_rate_stands_for_its_exact_value():
    """Beside fractions nothing is rounded."""
    half = np.array([Fraction(1, 2)])
    stepped = refspec.sgd_step(half, half, learning_rate=0.1)
    assert stepped[0] == Fraction(1, 2) * (1 - Fraction(0.1))


def test_a_gradient_of_nothing_is_refused():
    """A gradient needs a parameter of its name."""
    with pytest.raises(ValueError, match=r"^gradients: expected them for"):
        refspec.sgd_step({"a": {}}, {"b": {}}, learning_rate=1)


@pytest.mark.parametrize("dtype", [*FLOATS, object])
def test_weights_begin_in_the_type_asked_for(dtype):
    """A run and a step keep it."""
    network = Network(
        [Conv(2, 2), BatchNorm(), ReLU(), Flatten(), Dense(2)],
        input_shape=(1, 4, 4),
    )
    weights = refspec.initial_parameters(network, dtype=dtype)
    x = np.random.default_rng(0).normal(size=(3, 1, 4, 4)).astype(dtype)
    volumes = refspec.forward(network, weights, x)
    dx, gradients = refspec.backward(
        network, weights, volumes, volumes["dense1"]
    )
    weights = refspec.sgd_step(weights, gradients, learning_rate=0.1)
    arrays = [a for layer in weights.values() for a in layer.values()]
    types = {a.dtype for a in (dx, *volumes.values(), *arrays)}
    assert types == {np.dtype(dtype)}


def test_the_same_number_draws_the_same_weights():
    """Another number draws others; biases and beta are 0, gamma is 1."""
    network = Network([Conv(2, 1), BatchNorm()], input_shape=(1, 2, 2))
    first, again, other = (
        refspec.initial_parameters(network, rng=rng) for rng in (1, 1, 2)
    )
    assert (first["conv1"]["w"] == again["conv1"]["w"]).all()
    assert (first["conv1"]["w"] != other["conv1"]["w"]).all()
    assert first["conv1"]["b"].tolist() == [0, 0]
    assert first["batchnorm1"]["gamma"].tolist() == [1, 1]
    assert first["batchnorm1"]["beta"].tolist() == [0, 0]


def test_the_spread_of_weights_is_that_of_he():
    """Twice the number of cells a unit reads makes the variance 1."""
    network = Network([Dense(400, bias=False)], input_shape=(200,))
    w = refspec.initial_parameters(network)["dense1"]["w"]
    assert round(float(w.var() * 200), 1) == 2
    assert round(float((w < 0).mean()), 2) == 0.5


def test_the_network_of_1998_runs_and_learns():
    """Its codes are signs, and have no gradient."""
    network = refspec.lenet5_1998()
    weights = refspec.initial_parameters(network)
    volumes = refspec.forward(network, weights, np.ones((2, 1, 32, 32)))
    last = network.layers[-1].name
    _, gradients = refspec.backward(network, weights, volumes, volumes[last])
    assert set(weights[last]["w"].flat) == {-1, 1}
    assert set(weights) - set(gradients) == {last}


def test_batch_norm_in_a_network_is_batch_norm():
    """In training with the batch's statistics, else with those given."""
    network = Network([BatchNorm(eps=0.25)], input_shape=(2,))
    one = np.ones(2)
    weights = {"batchnorm1": {"gamma": 2 * one, "beta": one}}
    x = np.array([[1.0, 5.0], [2.0, 9.0]])
    volumes = refspec.forward(network, weights, x)
    y = refspec.batch_norm(x, 2 * one, one, eps=0.25)
    assert (volumes["batchnorm1"] == y).all()
    dx, gradients = refspec.backward(network, weights, volumes, x)
    back = refspec.batch_norm_backward(x, x, 2 * one, eps=0.25)
    assert (dx == back[0]).all()
    assert (gradients["batchnorm1"]["gamma"] == back[1]).all()
    assert (gradients["batchnorm1"]["beta"] == back[2]).all()
    kept = refspec.update_statistics(network, volumes)
    running = refspec.running_statistics(x, 0 * one, one)
    assert (np.array(kept["batchnorm1"]) == np.array(running)).all()
    volumes = refspec.forward(network, weights, x, statistics=kept)
    y = refspec.batch_norm_inference(x, *running, 2 * one, one, eps=0.25)
    assert (volumes["batchnorm1"] == y).all()


def test_statistics_move_on_from_where_they_are():
    """Without any, they begin with mean 0 and variance 1."""
    network = Network([BatchNorm()], input_shape=(1,))
    volumes = {"input": np.array([[1.0], [3.0]])}
    once = refspec.update_statistics(network, volumes, momentum=0.5)
    twice = refspec.update_statistics(network, volumes, once, momentum=0.5)
    assert [v.item() for v in once["batchnorm1"]] == [1, 1.5]
    assert [v.item() for v in twice["batchnorm1"]] == [1.5, 1.75]


@pytest.mark.parametrize("dtype", [*FLOATS, object])
def test_statistics_are_of_the_batchs_type(dtype):
    """Those that they begin with as well."""
    network = Network([BatchNorm()], input_shape=(1,))
    volumes = {"input": np.array([[1.0], [3.0]]).astype(dtype)}
    kept = refspec.update_statistics(network, volumes)
    assert {v.dtype for v in kept["batchnorm1"]} == {np.dtype(dtype)}


def test_statistics_that_are_no_pair_are_refused():
    """Says of which layer, and what is expected."""
    network = Network([BatchNorm()], input_shape=(1,))
    volumes = {"input": np.array([[1.0], [3.0]])}
    words = r"^statistics\['batchnorm1'\]: expected a mean and a variance, fo"
    for wrong in (3, [[0.0]]):
        with pytest.raises(ValueError, match=words):
            refspec.update_statistics(network, volumes, {"batchnorm1": wrong})


def test_inference_without_a_layers_statistics_is_refused():
    """Says which are missing."""
    network = Network([BatchNorm()], input_shape=(1,))
    weights = refspec.initial_parameters(network)
    with pytest.raises(ValueError, match=r"^statistics: .* for batchnorm1"):
        refspec.forward(network, weights, [[1.0]], statistics={})


def test_a_volume_that_nothing_reads_changes_nothing():
    """It has no gradient, and its weights stay; what is below it has one."""
    network = Network(
        [
            Dense(2, name="below"),
            Dense(1, name="unread"),
            Dense(1, name="read", inputs="below"),
        ],
        input_shape=(2,),
    )
    weights = refspec.initial_parameters(network)
    volumes = refspec.forward(network, weights, [[1.0, 2.0]])
    _, gradients = refspec.backward(network, weights, volumes, [[1.0]])
    assert set(gradients) == {"below", "read"}


BRANCHES = Network(
    [
        Conv(1, 1, name="one"),
        Conv(2, 1, name="two", inputs="input"),
        Conv(3, 1, name="three", inputs="input"),
        Concat(inputs=("one", "two", "three")),
    ],
    input_shape=(1, 2, 2),
)


def test_branches_of_unequal_width_get_their_own_gradients():
    """Each as many maps as it made, also where dx is left out."""
    weights = refspec.initial_parameters(BRANCHES)
    x = np.arange(4.0).reshape(1, 1, 2, 2)
    volumes = refspec.forward(BRANCHES, weights, x)
    dy = np.arange(24.0).reshape(1, 6, 2, 2)
    for input_gradient in (True, False):
        _, gradients = refspec.backward(
            BRANCHES, weights, volumes, dy, input_gradient=input_gradient
        )
        biases = [g["b"].tolist() for g in gradients.values()]
        assert biases == [[54, 70, 86], [22, 38], [6]]


def test_missing_or_surplus_weights_are_refused():
    """Says of which layer."""
    network = Network([Dense(1)], input_shape=(2,))
    with pytest.raises(ValueError, match=r"^parameters.* for dense1"):
        refspec.forward(network, {}, [[1, 2]])
    weights = {"dense1": {"w": np.ones((2, 1)), "b": np.ones(1)}}
    with pytest.raises(ValueError, match=r"parameters\['dense1'\]\['w'\]"):
        refspec.forward(network, weights, [[1, 2]])


def test_a_layer_that_nothing_runs_is_refused():
    """A kind of one's own has no numbers."""

    class Mystery(Layer):
        """A layer of a kind that is not known."""

    network = Network([Mystery()], input_shape=(2,))
    with pytest.raises(ValueError, match=r"^mystery1: nothing runs a Mystery"):
        refspec.forward(network, {}, [[1, 2]])


def test_a_loss_falls_along_its_gradient():
    """A few steps of LeNet-5 on a few images lower the loss each time."""
    rng = np.random.default_rng(0)
    network, labels = refspec.lenet5(), np.arange(6) % 3
    x = rng.normal(size=(6, 1, 32, 32)) + labels[:, None, None, None]
    weights, losses = refspec.initial_parameters(network), []
    for _ in range(4):
        volumes = refspec.forward(network, weights, x)
        losses.append(refspec.cross_entropy(volumes["output"], labels))
        dy = refspec.cross_entropy_backward(volumes["output"], labels)
        _, slopes = refspec.backward(network, weights, volumes, dy)
        weights = refspec.sgd_step(weights, slopes, learning_rate=0.01)
    assert losses == sorted(losses, reverse=True)
