"""How the site is built: ``nox -s docs``."""

from __future__ import annotations

import sys
from pathlib import Path

import refspec

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

project = "refspec"
author = "The refspec authors"
copyright = author  # noqa: A001 -- the name Sphinx wants
release = refspec.__version__

extensions = ["myst_parser", "spec", "benchmark"]
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"refspec {release}"
html_static_path = ["_static"]
html_css_files = ["spec.css"]

spec_report = str(HERE / "_build" / "check.json")
benchmark_file = str(HERE / "benchmark.json")
