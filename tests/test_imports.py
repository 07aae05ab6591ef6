"""Imports run one way, and the reference costs NumPy and nothing else."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import refspec

HOUSE = Path(refspec.__file__).parent
FILES = sorted(HOUSE.rglob("*.py"))
LAYERS = ("definitions", "laws", "oracle", "cli")
ABROAD = {
    "definitions": {"numpy"},
    "laws": {"numpy", "hypothesis"},
    "oracle": {"numpy", "hypothesis", "ml_dtypes"},
    "cli": {"click", "rich", "junitparser"},
}
"""The packages that each layer may import, the standard library apart."""


def _layer(parts):
    """Give the layer of a module by the parts of its name."""
    rest = [part for part in parts if part not in {"refspec", "__init__"}]
    return rest[0] if rest and rest[0] in LAYERS else "definitions"


def _imported(file):
    """Give every module that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _name(file):
    return str(file.relative_to(HOUSE))


@pytest.mark.parametrize("file", FILES, ids=_name)
def test_imports_run_one_way(file):
    """A module imports its own layer and the ones below it only."""
    own = _layer(file.relative_to(HOUSE).with_suffix("").parts)
    for module in _imported(file):
        if module.startswith("refspec."):
            other = _layer(module.split("."))
            assert LAYERS.index(other) <= LAYERS.index(own), module


@pytest.mark.parametrize("file", FILES, ids=_name)
def test_a_layer_imports_only_what_it_may(file):
    """Definitions import NumPy; other libraries live in their adapters."""
    own = _layer(file.relative_to(HOUSE).with_suffix("").parts)
    allowed = ABROAD[own] | {"refspec"} | sys.stdlib_module_names
    if file.parent.name == "implementations":
        allowed |= {file.stem.rstrip("_")}
    if file.stem not in {"parallel", "candidates", "cli"}:
        allowed -= {"subprocess", "threading", "multiprocessing", "concurrent"}
    assert {m.split(".")[0] for m in _imported(file)} <= allowed


@pytest.mark.parametrize("module", ["scipy", "torch", "hypothesis"])
def test_the_reference_loads_numpy_only(module):
    """`import refspec` loads neither SciPy nor PyTorch nor Hypothesis."""
    code = f"import sys, refspec; sys.exit({module!r} in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], check=False).returncode
        == 0
    )


@pytest.mark.parametrize("module", refspec.LATER)
def test_what_is_loaded_later_is_listed_in_full(module):
    """The names that are loaded later are those that the module offers."""
    names = getattr(refspec, module).__all__
    assert refspec.LATER[module] == names
    assert [n for n in names if not hasattr(refspec, n)] == []


@pytest.mark.parametrize("module", refspec.LATER)
def test_what_is_loaded_later_is_an_attribute(module):
    """A module that is loaded later is found like any other."""
    assert refspec.__getattr__(module) is sys.modules[f"refspec.{module}"]


def test_a_name_that_is_not_there_is_an_attribute_error():
    """Asking for what refspec has not says so."""
    with pytest.raises(AttributeError, match="no attribute 'conv3d'"):
        refspec.conv3d  # noqa: B018 -- the access is the test
