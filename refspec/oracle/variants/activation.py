"""Functions of numbers, dense layers and losses unlike the definition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

import refspec
from refspec import _numbers
from refspec._numbers import Array
from refspec.oracle.variants import variant
from refspec.oracle.variants._places import Definition

__all__: list[str] = []


def _of(function: Callable[[Array], Any]) -> Definition:
    """Apply a function of arrays."""
    return lambda x, /: function(np.asarray(x))


# ReLU.


@variant("absolute value", "relu")
def absolute(definition: Definition) -> Definition:
    """What is negative is turned, not cut off."""
    return lambda x, /: abs(definition(x) - definition(-np.asarray(x)))


@variant("leaky", "relu")
def leaky(definition: Definition) -> Definition:
    """A hundredth of what is negative is let through."""

    def answer(x: Any, /) -> Any:
        x = _numbers.divisible(np.asarray(x))
        return definition(x) - _numbers.divide(definition(-x), 100)

    return answer


@variant("capped at 6", "relu")
def capped(definition: Definition) -> Definition:
    """Nothing above 6 is let through: ReLU6."""
    return lambda x, /: np.asarray(np.minimum(definition(x), 6))


@variant("the smaller of zero and x", "relu")
def smaller(definition: Definition) -> Definition:
    """What is negative is kept, and what is positive cut off."""
    return lambda x, /: -definition(-np.asarray(x))


@variant("NaN becomes zero", "relu", kind="convention",
         declared=("nan", "zero"))  # fmt: skip
def nan_to_zero(definition: Definition) -> Definition:
    """A NaN is not above zero, and so gives zero."""
    del definition
    return _of(lambda x: np.where(x > 0, x, 0).astype(x.dtype))


@variant("ReLU's gradient at zero is 1", "relu_backward", kind="convention",
         declared=("relu_at_zero", 1))  # fmt: skip
def one_at_zero(definition: Definition) -> Definition:
    """At zero the gradient passes whole."""

    def answer(dy: Any, x: Any, /) -> Any:
        return definition(dy, np.where(np.asarray(x) == 0, 1, x))

    return answer


@variant("ReLU's gradient at zero is 1/2", "relu_backward",
         kind="convention", declared=("relu_at_zero", "1/2"))  # fmt: skip
def half_at_zero(definition: Definition) -> Definition:
    """At zero half of the gradient passes."""

    def answer(dy: Any, x: Any, /) -> Any:
        dx = definition(dy, x)
        half = _numbers.divide(_numbers.divisible(np.asarray(dy)), 2)
        return np.where(np.asarray(x) == 0, half, dx)

    return answer


@variant("gate of the gradient's sign", "relu_backward")
def gate_of_dy(definition: Definition) -> Definition:
    """The gradient passes where it is positive itself."""
    return lambda dy, x, /: definition(dy, _alike(dy, x))


def _alike(dy: Any, x: Any) -> Array:
    if np.shape(dy) != np.shape(x):
        raise ValueError("dy: not of the shape of x")
    return np.asarray(dy)


@variant("gradient gated by its own sign too", "relu_backward")
def gate_of_both(definition: Definition) -> Definition:
    """Only what is positive passes back: guided backpropagation."""
    return lambda dy, x, /: refspec.relu(definition(dy, x))


@variant("no gate", "relu_backward")
def no_gate(definition: Definition) -> Definition:
    """The gradient passes everywhere."""
    return lambda dy, x, /: definition(dy, np.ones_like(x))


@variant("gate closed where it is open", "relu_backward")
def gate_negated(definition: Definition) -> Definition:
    """The gradient passes where x is negative."""
    return lambda dy, x, /: definition(dy, -np.asarray(x))


@variant("slope times the value", "relu_backward")
def value_for_slope(definition: Definition) -> Definition:
    """The gradient is multiplied by ReLU's answer, not by its slope."""
    return lambda dy, x, /: definition(dy, x) * np.asarray(x)


# What squashes.


@variant("sign of the exponent", "sigmoid", "tanh")
def exponent_sign(definition: Definition) -> Definition:
    """The power is of x where it should be of -x."""
    return lambda x, /: definition(-np.asarray(x))


@variant("straight line between 0 and 1", "sigmoid")
def hard_sigmoid(definition: Definition) -> Definition:
    """A line of slope 1/4 is cut off at 0 and 1."""
    del definition

    def answer(x: Any, /) -> Any:
        x = _numbers.divisible(np.asarray(x))
        return np.minimum(refspec.relu(_numbers.divide(x + 2, 4)), 1)

    return answer


@variant("tanh for sigmoid", "sigmoid")
def tanh_for_sigmoid(definition: Definition) -> Definition:
    """The answer lies between -1 and 1."""
    del definition
    return refspec.tanh


@variant("sigmoid for tanh", "tanh")
def sigmoid_for_tanh(definition: Definition) -> Definition:
    """The answer lies between 0 and 1."""
    del definition
    return refspec.sigmoid


@variant("the slope for the value", "sigmoid", "tanh")
def slope_for_value(definition: Definition) -> Definition:
    """The derivative is given."""

    def answer(x: Any, /) -> Any:
        y = definition(x)
        return y * (1 - y) if definition is refspec.sigmoid else 1 - y * y

    return answer


@variant("half the argument", "tanh", "sigmoid")
def half_argument(definition: Definition) -> Definition:
    """The power is of x / 2."""
    return lambda x, /: definition(
        _numbers.divide(_numbers.divisible(np.asarray(x)), 2)
    )


# Classifiers.


@variant("softmax over the batch", "softmax")
def over_batch(definition: Definition) -> Definition:
    """The shares of a class add up to 1 over the examples."""

    def answer(logits: Any, /) -> Any:
        definition(logits)
        x = np.asarray(logits)
        return definition(x.T).T if len(x) else definition(x)

    return answer


@variant("softmax over the whole array", "softmax")
def over_all(definition: Definition) -> Definition:
    """All shares of all examples add up to 1."""

    def answer(logits: Any, /) -> Any:
        definition(logits)
        x = np.asarray(logits)
        return (
            definition(x.reshape(1, -1)).reshape(x.shape)
            if len(x)
            else definition(x)
        )

    return answer


@variant("powers of 2", "softmax")
def powers_of_2(definition: Definition) -> Definition:
    """Two, and not e, is raised to the logits."""

    def answer(logits: Any, /) -> Any:
        x = _numbers.divisible(np.asarray(logits))
        two = np.array(_numbers.like(2, x), x.dtype)
        return definition(x * _numbers.logarithm(two))

    return answer


@variant("one-hot instead of shares", "softmax")
def one_hot(definition: Definition) -> Definition:
    """The largest logit takes all, whatever its lead."""

    def answer(logits: Any, /) -> Any:
        y = definition(logits)
        largest = y.argmax(axis=1)[:, None] == np.arange(y.shape[1])
        return np.where(largest, y * 0 + 1, y * 0)

    return answer


@variant("the diagonal only", "softmax_backward")
def diagonal(definition: Definition) -> Definition:
    """Each share is taken to depend on its own logit alone."""

    def answer(dy: Any, logits: Any, /) -> Any:
        definition(dy, logits)
        y = refspec.softmax(logits)
        return np.asarray(dy) * y * (1 - y)

    return answer


@variant("the mean not subtracted", "softmax_backward")
def not_centred(definition: Definition) -> Definition:
    """The gradient is multiplied by the shares, and no more."""

    def answer(dy: Any, logits: Any, /) -> Any:
        definition(dy, logits)
        return np.asarray(dy) * refspec.softmax(logits)

    return answer


@variant("the plain mean subtracted", "softmax_backward")
def plain_mean(definition: Definition) -> Definition:
    """The mean gradient that is subtracted is not weighed by the shares."""

    def answer(dy: Any, logits: Any, /) -> Any:
        definition(dy, logits)
        y = refspec.softmax(logits)
        dy = _numbers.divisible(np.asarray(dy))
        mean = _numbers.divide(dy.sum(axis=1, keepdims=True), dy.shape[1])
        return y * (dy - mean)

    return answer


@variant("summed over the batch", "softmax_backward")
def summed_over_batch(definition: Definition) -> Definition:
    """What is subtracted is summed over the examples, not the classes."""

    def answer(dy: Any, logits: Any, /) -> Any:
        definition(dy, logits)
        y, dy = refspec.softmax(logits), np.asarray(dy)
        return y * (dy - (dy * y).sum(axis=0, keepdims=True))

    return answer


@variant("sum instead of mean over the examples", "cross_entropy",
         "cross_entropy_backward")  # fmt: skip
def not_divided(definition: Definition) -> Definition:
    """The loss is not divided by the number of examples."""
    return lambda logits, labels, /: definition(logits, labels) * len(labels)


@variant("mean over examples and classes", "cross_entropy",
         "cross_entropy_backward")  # fmt: skip
def divided_twice(definition: Definition) -> Definition:
    """The loss is divided by the number of classes too."""
    return lambda logits, labels, /: (
        definition(logits, labels) / (np.shape(logits)[1])
    )


@variant("sign of the loss", "cross_entropy", "cross_entropy_backward")
def loss_negated(definition: Definition) -> Definition:
    """The minus before the logarithm is missing."""
    return lambda logits, labels, /: -definition(logits, labels)


@variant("softmax taken twice", "cross_entropy", "cross_entropy_backward")
def softmax_twice(definition: Definition) -> Definition:
    """Probabilities are handed over where logits are expected."""
    return lambda logits, labels, /: definition(
        refspec.softmax(logits), labels
    )


@variant("labels counted from 1", "cross_entropy", "cross_entropy_backward")
def labels_from_1(definition: Definition) -> Definition:
    """The class before the label is taken for it."""

    def answer(logits: Any, labels: Any, /) -> Any:
        definition(logits, labels)
        labels, classes = np.asarray(labels), np.shape(logits)[1]
        first = labels == 0
        return definition(logits, np.where(first, classes - 1, labels - 1))

    return answer


@variant("loss of the first example only", "cross_entropy")
def first_loss(definition: Definition) -> Definition:
    """The first example stands for all."""
    return lambda logits, labels, /: definition(logits[:1], labels[:1])


@variant("label not subtracted", "cross_entropy_backward")
def label_kept(definition: Definition) -> Definition:
    """The gradient is the softmax, with nothing taken off at the label."""

    def answer(logits: Any, labels: Any, /) -> Any:
        definition(logits, labels)
        return _numbers.divide(refspec.softmax(logits), len(labels))

    return answer


# A step.


def _stepped(definition: Definition, change: Callable[..., Any]) -> Definition:
    """Take another step, of arrays or mappings of them."""

    def answer(parameters: Any, gradients: Any, /, *, learning_rate: Any,
               ) -> Any:  # fmt: skip
        definition(parameters, gradients, learning_rate=learning_rate)
        if isinstance(parameters, Mapping):
            return {
                name: answer(value, gradients[name],
                             learning_rate=learning_rate)
                if name in gradients
                else value
                for name, value in parameters.items()
            }  # fmt: skip
        return change(
            np.asarray(parameters), np.asarray(gradients), learning_rate
        )

    return answer


@variant("uphill", "sgd_step")
def uphill(definition: Definition) -> Definition:
    """The gradient is added."""
    return _stepped(
        definition, lambda p, g, rate: definition(p, -g, learning_rate=rate)
    )


@variant("learning rate ignored", "sgd_step")
def rate_ignored(definition: Definition) -> Definition:
    """The whole gradient is taken off."""
    return _stepped(definition, lambda p, g, _: p - g)


@variant("learning rate squared", "sgd_step")
def rate_squared(definition: Definition) -> Definition:
    """The learning rate is multiplied in twice."""
    return _stepped(
        definition,
        lambda p, g, rate: definition(p, g, learning_rate=Fraction(rate) ** 2),
    )


@variant("the step instead of the parameters", "sgd_step")
def step_only(definition: Definition) -> Definition:
    """What is given is what is taken off, and not what is left."""
    return _stepped(
        definition,
        lambda p, g, rate: definition(p * 0, -g, learning_rate=rate),
    )


@variant("weights decay", "sgd_step")
def decayed(definition: Definition) -> Definition:
    """The parameters shrink by the learning rate at each step."""
    return _stepped(
        definition,
        lambda p, g, rate: definition(p, g + p, learning_rate=rate),
    )
