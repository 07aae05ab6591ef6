"""Fetch what Python in a browser runs on: ``nox -s browser``.

Four packages of npm and PyPI, by name, version and SHA-256.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

PLACE = Path(__file__).parent / "_build" / "browser"


class Package(NamedTuple):
    """A package: how it is called, what it must be, and what is kept of it."""

    client: str
    name: str
    version: str
    sha256: str
    kept: dict[str, str]


PACKAGES = (
    Package(
        "npm", "pyodide", "0.27.7",
        "89d5d952675eb08e11286e52c7238f1248ce71726e896db9703e73bef23dc343",
        {
            f"package/{name}": name
            for name in (
                "pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm",
                "pyodide-lock.json", "python_stdlib.zip",
            )
        },
    ),
    Package(
        "npm", "@emscripten-forge/numpy", "2.0.1-py312h4e66579-0",
        "7c6dab4b681b15286f10ab9972147f599d91df4ea881f61fb58ad39349423d84",
        {"package/pkg/numpy-2.0.1-py312h4e66579_0.tar.gz": "numpy.tar.gz"},
    ),
    Package(
        "pip", "hypothesis", "6.155.7",
        "9f634bdb1f9e9b8ab6ba09431cf2deedb750c96978125a6fb3c5a0f6c6db4131",
        {"": "hypothesis.zip"},
    ),
    Package(
        "pip", "sortedcontainers", "2.4.0",
        "a163dcaede0f1c021485e957a39245190e74249897e2ae4b2aa38595db237ee0",
        {"": "sortedcontainers.zip"},
    ),
)  # fmt: skip


def download(package: Package, folder: Path) -> Path:
    """Let its own client bring a package, and look whether it is the one."""
    commands = {
        "npm": ["npm", "pack", "--silent",
                f"{package.name}@{package.version}"],
        "pip": [sys.executable, "-m", "pip", "download", "--quiet",
                "--no-deps", "--only-binary", ":all:",
                f"{package.name}=={package.version}"],
    }  # fmt: skip
    subprocess.run(  # noqa: S603 -- the commands are those above
        commands[package.client], cwd=folder, check=True
    )
    (file,) = folder.iterdir()
    found = hashlib.sha256(file.read_bytes()).hexdigest()
    if found != package.sha256:
        sys.exit(
            f"{package.name} {package.version}: expected SHA-256 "
            f"{package.sha256}, found {found}"
        )
    return file


def keep(file: Path, kept: dict[str, str], place: Path) -> None:
    """Put a file, or some of the files that it holds, in its place."""
    for inside, name in kept.items():
        if not inside:
            shutil.copy(file, place / name)
            continue
        with tarfile.open(file) as archive:
            member = archive.extractfile(inside)
            if member is None:
                sys.exit(f"{file.name}: no file {inside}")
            (place / name).write_bytes(member.read())


def main() -> None:
    """Fetch all packages, or none."""
    with tempfile.TemporaryDirectory() as temporary:
        whole = Path(temporary, "whole")
        whole.mkdir()
        for at, package in enumerate(PACKAGES):
            folder = Path(temporary, str(at))
            folder.mkdir()
            keep(download(package, folder), package.kept, whole)
        shutil.rmtree(PLACE, ignore_errors=True)
        shutil.copytree(whole, PLACE)
    size = sum(file.stat().st_size for file in PLACE.iterdir())
    print(f"{PLACE}: {size / 1e6:.0f} MB")  # noqa: T201 -- a command


if __name__ == "__main__":
    main()
