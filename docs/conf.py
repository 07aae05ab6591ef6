"""How the site is built: ``nox -s docs``."""

from __future__ import annotations

import sys
from importlib.metadata import distribution
from pathlib import Path

import refspec

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

project = "refspec"
author = "The refspec authors"
copyright = author  # noqa: A001 -- the name Sphinx wants
release = refspec.__version__
language = "en"  # or pt_BR: `sphinx-build -D language=pt_BR`

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "myst_parser",
    "sphinx_copybutton",
    "pages",
    "spec",
    "drawn",
    "worked",
    "play",
    "browser",
    "benchmark",
    "reference",
    "command",
    "conventions",
    "conformance",
]
myst_heading_anchors = 2
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist"]
exclude_patterns = ["_build", "_browser"]

# A parameter's type is said in words, with its shape: no link is made of it.
add_module_names = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_use_param = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Attributes", "params_style")]
toc_object_entries_show_parents = "hide"

smartquotes_action = "D"  # dashes only: y' is a derivative

locale_dirs = ["locale"]
gettext_compact = "pages"
gettext_additional_targets = ["image"]
gettext_uuid = False
gettext_location = False

html_theme = "furo"
html_title = f"refspec {release}"
html_static_path = ["_static"]
html_favicon = "_static/icon.svg"
html_css_files = ["site.css", "spec.css"]
html_js_files = ["site.js"]
templates_path = ["_templates"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/contents.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_show_sourcelink = False
html_copy_source = False

# Classrooms have no network: the renderer of formulas is a file of the site.
mathjax = distribution("sphinx-mathjax-offline").locate_file(
    "sphinx-mathjax-offline/static/mathjax/tex-svg-full.js"
)
html_static_path.append(str(mathjax))
mathjax_path = "tex-svg-full.js"
mathjax3_config = {
    "options": {"enableMenu": False},
    "svg": {"fontCache": "local"},
}
copybutton_exclude = ".linenos, .gp, .go"

spec_reports = [
    str(HERE / "_build" / "check.json"),
    *map(str, sorted((HERE / "conformance").glob("*.json"))),
]
benchmark_file = str(HERE / "benchmark.json")
