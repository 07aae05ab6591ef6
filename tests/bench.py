"""Time the definitions beside PyTorch, SciPy and ONNX's reference.

``nox -s bench`` runs it on one thread and writes ``docs/benchmark.json``. A
figure is a ratio of times to PyTorch's CPU kernel of the same dtype: both are
run by turns, and the median of the ratios of the turns is kept. Extra memory
is what the high-water mark of a fresh process rises by.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import refspec

Call = Callable[[], Any]
WRITTEN = Path(__file__).parents[1] / "docs" / "benchmark.json"
DTYPES = ("float64", "float32")
SECONDS = 0.6
"""How long a pair of calls is repeated, at least."""


class Shape(NamedTuple):
    """A convolution: images, filters, options."""

    name: str
    x: tuple[int, ...]
    w: tuple[int, ...]
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1

    @property
    def options(self) -> dict[str, int]:
        """Give what is passed by keyword."""
        return {
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
        }


CONVOLUTIONS = (
    Shape("3x32x32 k5", (1, 3, 32, 32), (6, 3, 5, 5)),
    Shape("LeNet C1, batch 64", (64, 1, 32, 32), (6, 1, 5, 5)),
    Shape("LeNet C3, batch 64", (64, 6, 14, 14), (16, 6, 5, 5)),
    Shape("64x56x56 k3", (1, 64, 56, 56), (64, 64, 3, 3), padding=1),
    Shape("64x56x56 k3, batch 8", (8, 64, 56, 56), (64, 64, 3, 3), padding=1),
    Shape("stem k7 s2", (1, 3, 224, 224), (64, 3, 7, 7), stride=2, padding=3),
    Shape("depthwise", (1, 64, 56, 56), (64, 1, 3, 3), padding=1, groups=64),
    Shape("4 groups", (1, 64, 56, 56), (64, 16, 3, 3), padding=1, groups=4),
    Shape("dilated", (1, 64, 56, 56), (64, 64, 3, 3), padding=2, dilation=2),
    Shape("1x1", (1, 256, 28, 28), (64, 256, 1, 1)),
    Shape("3x720x1280 k3", (1, 3, 720, 1280), (8, 3, 3, 3), padding=1),
)
POOLED = ((64, 6, 28, 28), (8, 64, 56, 56), (1, 64, 112, 112))
WINDOWS = ((2, 2, 0), (3, 2, 1), (3, 1, 1))  # kernel, stride, padding
NORMALIZED = ((64, 6, 28, 28), (32, 64, 28, 28), (8, 64, 56, 56))


def numbers(*shape: int, dtype: str) -> np.ndarray:
    """Draw the same numbers for everybody."""
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


def ratio(ours: Call, theirs: Call, turns: int = 5) -> float:
    """Run two calls by turns; give the median of ours over theirs."""
    ours(), theirs()
    ratios: list[float] = []
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end or len(ratios) < turns:
        start = time.perf_counter()
        ours()
        middle = time.perf_counter()
        theirs()
        ratios.append((middle - start) / (time.perf_counter() - middle))
    return round(statistics.median(ratios), 3)


def tensors(*arrays: np.ndarray, learn: bool = False) -> list[Any]:
    """Bring arrays to PyTorch."""
    import torch

    return [torch.from_numpy(a.copy()).requires_grad_(learn) for a in arrays]


def convolutions(dtype: str) -> Iterator[tuple[str, str, Call, Call]]:
    """Pair every convolution, forward and backward, with PyTorch's."""
    import torch
    import torch.nn.functional as F

    for shape in CONVOLUTIONS:
        x, w = (numbers(*s, dtype=dtype) for s in (shape.x, shape.w))
        tx, tw = tensors(x, w)
        options = shape.options
        dy = refspec.conv2d(x, w, **options)
        (tdy,) = tensors(dy)

        def backward(tdy=tdy, tx=tx, tw=tw, options=options) -> Any:
            return torch.ops.aten.convolution_backward(
                tdy, tx, tw, [len(tw)],
                [options["stride"]] * 2, [options["padding"]] * 2,
                [options["dilation"]] * 2, False, [0, 0],
                options["groups"], [True, True, True],
            )  # fmt: skip

        yield (
            "convolution", shape.name,
            lambda x=x, w=w, o=options: refspec.conv2d(x, w, **o),
            lambda x=tx, w=tw, o=options: F.conv2d(x, w, **o),
        )  # fmt: skip
        yield (
            "convolution backward", shape.name,
            lambda d=dy, x=x, w=w, o=options: refspec.conv2d_backward(
                d, x, w, **o
            ),
            backward,
        )  # fmt: skip


def poolings(dtype: str) -> Iterator[tuple[str, str, Call, Call]]:
    """Pair every pooling with PyTorch's."""
    import torch.nn.functional as F

    theirs = {
        "max_pool2d": F.max_pool2d,
        "min_pool2d": lambda x, *a: -F.max_pool2d(-x, *a),
        "avg_pool2d": F.avg_pool2d,
    }
    for size in POOLED:
        x = numbers(*size, dtype=dtype)
        (tx,) = tensors(x)
        for k, s, p in WINDOWS:
            for name, their in theirs.items():
                ours = getattr(refspec, name)
                yield (
                    name, f"{size} k{k} s{s} p{p}",
                    lambda f=ours, x=x, k=k, s=s, p=p: f(
                        x, k, stride=s, padding=p
                    ),
                    lambda f=their, x=tx, k=k, s=s, p=p: f(x, k, s, p),
                )  # fmt: skip


def batch_norms(dtype: str) -> Iterator[tuple[str, str, Call, Call]]:
    """Pair batch norm, forward and backward, with PyTorch's."""
    import torch
    import torch.nn.functional as F

    for size in NORMALIZED:
        x, dy = (numbers(*size, dtype=dtype) for _ in range(2))
        gamma, beta = (numbers(size[1], dtype=dtype) for _ in range(2))
        tx, tdy, tgamma, tbeta = tensors(x, dy, gamma, beta)
        lx, lgamma, lbeta = tensors(x, gamma, beta, learn=True)

        def ours(x=x, dy=dy, gamma=gamma, beta=beta) -> Any:
            refspec.batch_norm(x, gamma, beta)
            return refspec.batch_norm_backward(dy, x, gamma)

        def theirs(x=lx, dy=tdy, gamma=lgamma, beta=lbeta) -> Any:
            y = F.batch_norm(x, None, None, gamma, beta, training=True)
            return torch.autograd.grad(y, (x, gamma, beta), dy)

        yield (
            "batch norm", str(size),
            lambda x=x, g=gamma, b=beta: refspec.batch_norm(x, g, b),
            lambda x=tx, g=tgamma, b=tbeta: F.batch_norm(
                x, None, None, g, b, training=True
            ),
        )  # fmt: skip
        yield "batch norm, forward and backward", str(size), ours, theirs


def training(dtype: str) -> Iterator[tuple[str, str, Call, Call]]:
    """Pair one step of LeNet-5: forward, backward and descent."""
    import torch
    import torch.nn.functional as F

    network = refspec.lenet5()
    weights = refspec.initial_parameters(network, dtype=dtype)
    x = numbers(64, *network.input_shape, dtype=dtype)
    labels = np.arange(64) % 10
    answer = network.layers[-1].name
    nn = torch.nn
    theirs = nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(),
        nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    ).to(getattr(torch, dtype))  # fmt: skip
    descent = torch.optim.SGD(theirs.parameters(), lr=0.01)
    tx, tlabels = torch.from_numpy(x), torch.from_numpy(labels)

    def our_step() -> Any:
        volumes = refspec.forward(network, weights, x)
        slope = refspec.cross_entropy_backward(volumes[answer], labels)
        _, slopes = refspec.backward(
            network, weights, volumes, slope, input_gradient=False
        )
        return refspec.sgd_step(weights, slopes, learning_rate=0.01)

    def their_step() -> Any:
        descent.zero_grad()
        F.cross_entropy(theirs(tx), tlabels).backward()
        descent.step()

    yield "training step", "LeNet-5, batch 64", our_step, their_step


def small(dtype: str) -> Iterator[tuple[str, str, Call, Call]]:
    """Pair one call on a tiny image: what the checks cost."""
    import torch.nn.functional as F

    x, w = numbers(1, 1, 5, 5, dtype=dtype), numbers(1, 1, 3, 3, dtype=dtype)
    tx, tw = tensors(x, w)
    yield (
        "tiny call", "5x5 k3",
        lambda: refspec.conv2d(x, w), lambda: F.conv2d(tx, tw),
    )  # fmt: skip


def others(dtype: str) -> Iterator[tuple[str, str, Call, Call]]:
    """Pair SciPy and ONNX's reference with PyTorch, for comparison."""
    import torch.nn.functional as F
    from onnx import TensorProto, helper
    from onnx.reference import ReferenceEvaluator
    from scipy.signal import correlate2d

    def valid(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
        return correlate2d(image, kernel, "valid")

    kind = {"float64": TensorProto.DOUBLE, "float32": TensorProto.FLOAT}[dtype]
    for shape in CONVOLUTIONS[:2]:
        x, w = (numbers(*s, dtype=dtype) for s in (shape.x, shape.w))
        tx, tw = tensors(x, w)
        node = helper.make_node("Conv", ["x", "w"], ["y"])
        graph = helper.make_graph(
            [node], "conv",
            [helper.make_tensor_value_info(n, kind, a.shape)
             for n, a in (("x", x), ("w", w))],
            [helper.make_tensor_value_info("y", kind, None)],
        )  # fmt: skip
        onnx = ReferenceEvaluator(helper.make_model(graph))

        def scipy(x=x, w=w) -> Any:
            return [[sum(map(valid, image, f)) for f in w] for image in x]

        def theirs(x=tx, w=tw) -> Any:
            return F.conv2d(x, w)

        yield "SciPy, composed", shape.name, scipy, theirs
        yield (
            "ONNX ReferenceEvaluator", shape.name,
            lambda o=onnx, x=x, w=w: o.run(None, {"x": x, "w": w}), theirs,
        )  # fmt: skip


def extra_memory(who: str, dtype: str) -> int:
    """Give what one convolution adds to the high-water mark, in bytes."""
    code = f"import bench; bench.print_extra_memory({who!r}, {dtype!r})"
    printed = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True,
        text=True, cwd=Path(__file__).parent,
    )  # fmt: skip
    return int(printed.stdout)


def print_extra_memory(who: str, dtype: str) -> None:
    """Run the 8 x 64 x 56 x 56 k3 convolution once, in this process."""
    shape = CONVOLUTIONS[4]
    x, w = (numbers(*s, dtype=dtype) for s in (shape.x, shape.w))
    if who == "torch":
        import torch.nn.functional as F

        x, w = tensors(x, w)
        convolve = F.conv2d
    else:
        convolve = refspec.conv2d
    tiny = (x[:1, :, :8, :8], w)  # loads what a first call loads
    convolve(*tiny, **shape.options)
    before = _high_water()
    answer = convolve(x, w, **shape.options)
    print(_high_water() - before, flush=True)
    del answer


def _high_water() -> int:
    """Give the most that this process has held, as Linux counts it.

    What `resource` gives starts from the process that started this one.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (row for row in status.splitlines() if row.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def import_ratio() -> float:
    """Give the time of `import refspec` over that of `import numpy`.

    Compiled once, as an installed package is, whatever the shell asks for.
    """
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}

    def load(name: str) -> Call:
        return lambda: subprocess.run(
            [sys.executable, "-c", f"import {name}"], check=True, env=env
        )

    return ratio(load("refspec"), load("numpy"), turns=25)


def main() -> None:
    """Measure everything, print it and write it down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="part of a kind's name")
    parser.add_argument("--out", type=Path, default=WRITTEN)
    asked = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    measured: dict[str, dict[str, dict[str, float]]] = {}
    for dtype in DTYPES:
        for family in (
            convolutions,
            poolings,
            batch_norms,
            training,
            small,
            others,
        ):
            for kind, name, ours, theirs in family(dtype):
                if asked.only in kind:
                    figures = measured.setdefault(kind, {})
                    figures.setdefault(name, {})[dtype] = ratio(ours, theirs)
    for kind, figures in measured.items():
        means = [_mean(figures, dtype) for dtype in DTYPES]
        print(f"{kind:34}", *(f"{mean:8.2f}" for mean in means), flush=True)
    if asked.only:
        return
    memory = {
        dtype: round(
            extra_memory("refspec", dtype) / extra_memory("torch", dtype), 3
        )
        for dtype in DTYPES
    }
    summary = {
        **{
            f"{kind}, geometric mean": {d: _mean(f, d) for d in DTYPES}
            for kind, f in measured.items()
        },
        "extra memory of 64x56x56 k3, batch 8": memory,
        "import refspec, over import numpy": {"any": import_ratio()},
    }
    print(json.dumps(summary, indent=1))
    table = {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "refspec": refspec.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "ratios to PyTorch": measured,
        "summary": summary,
    }
    asked.out.write_text(f"{json.dumps(table, indent=1)}\n", encoding="utf-8")


def _mean(figures: dict[str, dict[str, float]], dtype: str) -> float:
    """Give the geometric mean over the shapes."""
    logs = [math.log(figure[dtype]) for figure in figures.values()]
    return round(math.exp(statistics.fmean(logs)), 3)


if __name__ == "__main__":
    main()
