"""What the definitions answer to problems of the playground.

The script of the playground computes while a reader plays, and no Python is at
hand. A test in the browser puts it to the problems drawn here. This module
needs no Sphinx, so that the tests of the definitions can look at them too.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import refspec
from refspec.network import Conv, Network, network_table


class Control(NamedTuple):
    """A number that the reader chooses."""

    name: str
    label: str
    least: int
    most: int
    value: int


CONTROLS = (
    Control("rows", "Image rows", 1, 12, 6),
    Control("columns", "Image columns", 1, 12, 8),
    Control("kernelRows", "Kernel rows", 1, 5, 3),
    Control("kernelColumns", "Kernel columns", 1, 5, 3),
    Control("stride", "Stride", 1, 4, 1),
    Control("padding", "Padding", 0, 4, 1),
    Control("dilation", "Dilation", 1, 3, 1),
    Control("channels", "Input channels", 1, 16, 1),
    Control("filters", "Filters", 1, 16, 1),
    Control("groups", "Groups", 1, 16, 1),
    Control("layers", "Layers", 1, 6, 3),
)


def problems(count: int) -> list[dict[str, Any]]:
    """Draw problems of the playground, and answer or refuse each."""
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(count):
        problem = {
            c.name: int(rng.integers(c.least, c.most + 1)) for c in CONTROLS
        }
        if rng.random() < 0.5:
            common = np.gcd(problem["channels"], problem["filters"])
            problem["groups"] = int(common)
        drawn.append({**problem, "answer": _answer(problem, rng)})
    return drawn


def _answer(p: dict[str, int], rng: np.random.Generator) -> dict[str, Any]:
    options = {k: p[k] for k in ("stride", "padding", "dilation")}
    kernel = p["kernelRows"], p["kernelColumns"]
    window = refspec.Window(kernel, **options)
    answer: dict[str, Any] = {
        "span": [
            refspec.effective_kernel_size(k, p["dilation"]) for k in kernel
        ],
        "fields": [
            [*field.size, *field.jump]
            for depth in range(1, p["layers"] + 1)
            for field in [refspec.receptive_field([window] * depth)]
        ],
    }
    image = rng.integers(-9, 10, (p["rows"], p["columns"]))
    weights = rng.integers(-9, 10, kernel)
    try:
        answer["parameters"] = refspec.conv_parameters(
            kernel, p["channels"], p["filters"], groups=p["groups"]
        )
        sizes = [
            refspec.output_size(size, k, **options)
            for size, k in zip(image.shape, kernel, strict=True)
        ]
    except ValueError as error:
        return {**answer, "error": str(error)}
    answer["multiplications"] = refspec.conv_multiplications(
        tuple(sizes), kernel, p["channels"], p["filters"], groups=p["groups"]
    )
    shown = refspec.conv2d(image[None, None], weights[None, None], **options)
    return {
        **answer,
        "size": sizes,
        "network": _network(p, kernel, options),
        "image": image.tolist(),
        "weights": weights.tolist(),
        "map": shown[0, 0].tolist(),
    }


def _network(
    p: dict[str, int], kernel: tuple[int, int], options: dict[str, int]
) -> list[Any]:
    """Give each layer of a network of one kind; None where none fits."""
    layer = Conv(p["filters"], kernel, groups=p["groups"], **options)
    shape = p["channels"], p["rows"], p["columns"]
    rows: tuple[Any, ...] = ()
    for depth in range(1, p["layers"] + 1):
        try:
            network = Network([layer] * depth, input_shape=shape)
            rows = network_table(network).rows
        except ValueError:
            break
    found = [
        {
            "output": row.output_shape,
            "fields": row.field.size,
            "jump": row.field.jump[0],
            "parameters": row.parameters,
            "multiplications": row.multiplications,
        }
        for row in rows
    ]
    return found if len(found) == p["layers"] else [*found, None]
