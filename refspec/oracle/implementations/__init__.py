"""Implementations: who offers which operations, and in which numbers.

One module for each library. Each has a function `load` that returns an
`Implementation`, or raises ``ImportError`` where the library is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from refspec.laws.domain import FLOAT32, FLOAT64, Numbers

__all__ = ["NAMES", "Implementation", "load", "taking"]

NAMES = {
    "refspec": "reference",
    "scipy": "scipy_",
    "torch": "torch_",
    "torch-cuda": "torch_cuda",
    "torch-compile": "torch_compile",
    "torch-channels-last": "torch_channels_last",
    "jax": "jax_",
    "onnx-reference": "onnx_",
    "onnxruntime": "onnxruntime_",
    "openvino": "openvino_",
    "opencv": "cv2_",
    "tinygrad": "tinygrad_",
    "tract": "tract_",
}
"""The implementations that come with refspec, and their modules."""

BY_DEFAULT = ("refspec", "scipy", "torch", "torch-cuda")
"""Those that are put to all laws unless others are named: the quick ones."""

EXTRAS = {
    "scipy": "scipy",
    "torch": "torch",
    "jax": "jax",
    "onnx": "onnx",
    "onnxruntime": "onnx",
    "openvino": "openvino",
    "cv2": "opencv",
    "tinygrad": "tinygrad",
    "tract": "tract",
}
"""The libraries that they import, and the extra that installs each."""


@dataclass(frozen=True)
class Implementation:
    """Something that offers some of the operations.

    Attributes
    ----------
    name : str
    operations : mapping of str to function
        By public name, under the reference's signature. One that is asked
        for more than it supports raises `Unsupported`.
    version : str
    numbers : tuple of Numbers
        The number types that it is put to.
    number_limits : mapping of str to tuple of Numbers
        For each operation, the number types that it takes, where not all.
    supports : mapping of str to mapping
        For each operation, the values of an option that it supports, where
        not all: ``{"avg_pool2d": {"dilation": frozenset({1})}}``.
    declares : mapping of str to value
        Conventions that it follows, such as ``{"tie": "shared"}``.

    """

    name: str
    operations: Mapping[str, Callable[..., Any]]
    version: str = ""
    numbers: tuple[Numbers, ...] = (FLOAT64, FLOAT32)
    number_limits: Mapping[str, tuple[Numbers, ...]] = field(
        default_factory=dict
    )
    supports: Mapping[str, Mapping[str, frozenset[Any]]] = field(
        default_factory=dict
    )
    declares: Mapping[str, Any] = field(default_factory=dict)

    @property
    def comes_with_refspec(self) -> bool:
        """Say whether `load` knows it by its name."""
        return self.name in NAMES

    def numbers_of(self, operations: tuple[str, ...]) -> list[Numbers]:
        """Give the number types that all of these operations take."""
        return [
            n
            for n in self.numbers
            if all(
                n in self.number_limits.get(o, self.numbers)
                for o in operations
            )
        ]

    def restricted(
        self, operations: tuple[str, ...]
    ) -> dict[str, frozenset[Any]]:
        """Give what all of these operations support, option by option."""
        common: dict[str, frozenset[Any]] = {}
        for operation in operations:
            for option, values in self.supports.get(operation, {}).items():
                common[option] = common.get(option, values) & values
        return common


def load(name: str) -> Implementation:
    """Load an implementation by name.

    Raises
    ------
    ValueError
        If there is none of that name.
    ImportError
        If its library is not installed.

    """
    if name not in NAMES:
        raise ValueError(
            f"implementation: expected one of {', '.join(NAMES)}, found "
            f"{name!r}"
        )
    try:
        module = import_module(f"{__name__}.{NAMES[name]}")
        implementation: Implementation = module.load()
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        raise ImportError(
            f"{error.name} is not installed: pip install "
            f"'refspec[{EXTRAS[error.name]}]'"
        ) from None
    return implementation


TAKING = {
    "torch": ("torch_", "cpu"),
    "torch-cuda": ("torch_", "cuda"),
    "jax": ("jax_", ""),
}
"""The arrays that a function may take, and the module that converts."""


def taking(arrays: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function that takes other arrays be called with NumPy's.

    Raises
    ------
    LookupError
        If there are no such arrays, or their library is not installed.

    """
    if arrays not in TAKING:
        raise LookupError(
            f"arrays: expected numpy or one of {', '.join(TAKING)}, found "
            f"{arrays!r}"
        )
    name, device = TAKING[arrays]
    try:
        module = import_module(f"{__name__}.{name}")
        wrapped: Callable[..., Any] = module.taking(function, device)
    except ImportError as error:
        raise LookupError(str(error)) from None
    return wrapped
