"""Put PyTorch on CUDA, and kernels of Triton, to the definitions.

``nox -s gpu`` runs it where there is an NVIDIA driver, and writes
``docs/conformance/<name of the GPU>.json``. Elsewhere ``--device cpu
--examples 20`` rehearses it: the same calls, and no file.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import refspec
from refspec.oracle import OPERATIONS, Report, check
from refspec.oracle.large import check_large, large_problem

ROOT = Path(__file__).parents[1]
WRITTEN = ROOT / "docs" / "conformance"
KERNELS = "docs/_examples/triton_kernels.py"
TF32 = "TF32 inputs"


class Mode(NamedTuple):
    """How PyTorch is asked."""

    dtype: str
    tf32: bool = False
    channels_last: bool = False
    benchmark: bool = False

    @property
    def name(self) -> str:
        """Say it in words."""
        words = [self.dtype, *["TF32 allowed"] * self.tf32]
        words.append("channels last" if self.channels_last else "contiguous")
        words += ["cuDNN benchmark"] * self.benchmark
        return ", ".join(words)

    @property
    def declares(self) -> dict[str, str]:
        """Say which precision is asked for."""
        return {"precision": TF32} if self.tf32 else {}


FORMATS = (
    ("float64", False), ("float32", False), ("float32", True),
    ("float16", False), ("bfloat16", False),
)  # fmt: skip
MODES = tuple(
    Mode(dtype, tf32, channels_last, benchmark)
    for channels_last in (False, True)
    for benchmark in (False, True)
    for dtype, tf32 in FORMATS
)

Shape = tuple[int, int, int, int]
LARGE: dict[str, tuple[str, Shape, Shape, dict[str, Any]]] = {
    "VGG-16 conv1_2": (
        "conv2d", (2, 64, 224, 224), (64, 64, 3, 3), {"padding": 1}),
    "VGG-16 conv5_1": (
        "conv2d", (4, 512, 14, 14), (512, 512, 3, 3), {"padding": 1}),
    "ResNet-50 conv1": (
        "conv2d", (4, 3, 224, 224), (64, 3, 7, 7),
        {"padding": 3, "stride": 2}),
    "ResNet-50 conv2, 3x3": (
        "conv2d", (4, 64, 56, 56), (64, 64, 3, 3), {"padding": 1}),
    "ResNet-50 conv2, 1x1": (
        "conv2d", (4, 64, 56, 56), (256, 64, 1, 1), {}),
    "MobileNet depthwise": (
        "depthwise_conv2d", (4, 32, 112, 112), (32, 1, 3, 3),
        {"padding": 1}),
}  # fmt: skip


def main() -> None:
    """Run all of it, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=OPERATIONS)
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    if given.output is not None:
        given.output = given.output.resolve()
    if given.device == "cpu":
        os.environ.setdefault("TRITON_INTERPRET", "1")
    os.chdir(ROOT)  # so that no path of this machine is in the report
    machine = described(given.device)
    print(json.dumps(machine, indent=1), flush=True)
    reports = []
    for mode, report in everything(given):
        print(f"{mode}: {report.implementation}: {report.operation}: "
              f"{report.verdict}: {report.reason[:200]} "
              f"({report.seconds:.1f} s)", flush=True)  # fmt: skip
        reports.append({"mode": mode, **report.plain()})
    whole = {**machine, "seed": given.seed, "reports": reports}
    output = given.output
    if output is None and given.device == "cuda":
        name = re.sub(r"[^a-z0-9]+", "-", machine["device"].lower())
        output = WRITTEN / f"{name}.json"
    if output is not None:
        output.parent.mkdir(exist_ok=True)
        text = json.dumps(whole, indent=1, ensure_ascii=False)
        output.write_text(f"{text}\n", encoding="utf-8")
    print(f"{len(reports)} checks, {sum(not r['ok'] for r in reports)} do "
          f"not agree")  # fmt: skip


def everything(given: argparse.Namespace) -> Iterator[tuple[str, Report]]:
    """Check PyTorch in every mode, then Triton, then large problems."""
    for mode in MODES:
        for report in pytorch(mode, given):
            yield mode.name, report
    for report in triton(given):
        yield "Triton, float32", report
    for name, report in large(given):
        yield name, report


def pytorch(mode: Mode, given: argparse.Namespace) -> Iterator[Report]:
    """Check every operation that is offered; cuDNN has convolutions."""
    from refspec.oracle.implementations import torch_

    offered = torch_.load(
        given.device, channels_last=mode.channels_last, tf32=mode.tf32,
        benchmark=mode.benchmark,
    )  # fmt: skip
    for operation in given.only:
        if mode.benchmark and "conv" not in operation:
            continue
        if operation in offered.operations:
            try:
                yield check(
                    operation, offered, dtype=mode.dtype,
                    declares=mode.declares, examples=given.examples,
                    seed=given.seed,
                )  # fmt: skip
            except Exception as error:  # noqa: BLE001 -- the rest goes on
                yield Report(
                    operation, offered.name, mode.dtype, "not judged",
                    reason=f"the oracle raised {error!r}",
                )  # fmt: skip


def triton(given: argparse.Namespace) -> Iterator[Report]:
    """Check the kernels of the examples; the interpreter is slow."""
    try:
        version("triton")
    except PackageNotFoundError:
        return
    arrays = "torch-cuda" if given.device == "cuda" else "torch"
    small = {"channels": {1, 2}, "filters": {1, 2}}
    for operation in sorted({"min_pool2d", "conv2d"} & set(given.only)):
        yield check(
            operation, f"{KERNELS}:{operation}", arrays=arrays,
            supports=small if given.device == "cpu" else None,
            examples=given.examples, seed=given.seed, deadline=60,
        )  # fmt: skip


def large(given: argparse.Namespace) -> Iterator[tuple[str, Report]]:
    """Check what networks really ask, in float32, with and without TF32."""
    from refspec.oracle.implementations import torch_

    for tf32 in (False, True):
        offered = torch_.load(given.device, tf32=tf32)
        for name, (operation, x, w, options) in LARGE.items():
            if operation not in given.only:
                continue
            shape = x if given.device == "cuda" else (1, *x[1:])
            for real in (False, True):
                p = large_problem(
                    shape, w, real=real, seed=given.seed, **options
                )
                if operation == "depthwise_conv2d":
                    p = type(p)(**{
                        k: v for k, v in vars(p).items() if k != "groups"
                    })  # fmt: skip
                words = [name, "float32", *["TF32 allowed"] * tf32]
                words.append("real" if real else "lattice")
                yield ", ".join(words), check_large(
                    operation, offered.operations[operation], p,
                    seed=given.seed,
                    declares={"precision": TF32} if tf32 else None,
                )  # fmt: skip


def described(device: str) -> dict[str, Any]:
    """Say on what, with what and when this is run.

    Raises
    ------
    SystemExit
        If there is no GPU to run it on.

    """
    import torch

    if device == "cuda" and not torch.cuda.is_available():
        raise SystemExit("PyTorch finds no CUDA device")
    cuda = device == "cuda"
    try:
        of_triton = version("triton")
    except PackageNotFoundError:
        of_triton = ""
    return {
        "device": torch.cuda.get_device_name() if cuda else "CPU",
        "driver": _said(
            "nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"
        ) if cuda else "",
        "cuda": torch.version.cuda or "",
        "cudnn": str(torch.backends.cudnn.version() or ""),
        "torch": torch.__version__,
        "triton": of_triton,
        "refspec": refspec.__version__,
        "commit": _said("git", "-C", str(ROOT), "describe", "--always",
                        "--dirty", "--abbrev=12"),
        "date": dt.datetime.now(dt.UTC).isoformat("T", "seconds"),
        "python": platform.python_version(),
        "numpy": version("numpy"),
        "system": f"{platform.system()} {platform.machine()}",
    }  # fmt: skip


def _said(*command: str) -> str:
    """Give the first line that a command writes, or nothing."""
    try:
        run = subprocess.run(
            command, capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return (run.stdout.splitlines() or [""])[0].strip()


if __name__ == "__main__":
    sys.exit(main())
