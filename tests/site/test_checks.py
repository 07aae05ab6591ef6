"""The checks of a page find what they are there to find."""

from __future__ import annotations

import checks
import pytest
from checks import CHECKS, FOLDERS
from looking import opened, served

WHOLE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Good</title>
<link rel="icon" href="data:,">
<style>
  body { background: white; color: black }
  body[data-theme=dark] { background: black; color: white }
  [data-theme=dark] a, [data-theme=dark] button {
    background: black; color: white
  }
  .box { width: 9rem }
</style></head>
<body>
<a href="#content">Skip to content</a>
<button class="theme-toggle">Light, dark</button>
<script>
  const { dataset } = document.body;
  document.querySelector("button").onclick = () => {
    dataset.theme = dataset.theme === "dark" ? "light" : "dark";
  };
</script>
<nav><a hreflang="en" href="page.html">English</a>
<a hreflang="pt-BR" lang="pt-BR" href="pt-br/page.html">Brasil</a></nav>
<main id="content"><h1>Good</h1>
<article><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="a dot">
<div class="highlight"><pre>1 + 1</pre>
<button class="copybtn">Copy</button></div></article></main>
</body></html>
"""
END = "</main>"
WIDE = '<svg width="3000" height="9" role="img"><title>x</title></svg>'
FORMULA = '<mjx-container aria-label="x">' + WIDE + "</mjx-container>"

BROKEN = [
    (checks.asks_no_other_host, END, '<img src="//example.org/a" alt="a">'),
    (checks.asks_no_other_host, END, "<script>fetch('//a.org')</script>"),
    (checks.says_nothing, END, "<script>console.error('no')</script>"),
    (checks.says_nothing, END, "<script>throw Error('no')</script>"),
    (checks.says_nothing, END, '<img src="missing.png" alt="a">'),
    (checks.formulas_are_rendered, END, r"<p>\(x\)</p>"),
    (checks.formulas_are_rendered, END, "<mjx-merror>x</mjx-merror>"),
    (checks.formulas_are_rendered, END, "<mjx-container></mjx-container>"),
    (
        checks.nothing_is_cut,
        END,
        f'<p class="box" style="overflow-x: hidden">{FORMULA}</p>',
    ),
    (checks.nothing_is_cut, END, f'<p class="box">{FORMULA}</p>'),
    (
        checks.nothing_is_cut,
        END,
        f'<p style="overflow: hidden; height: 2px">{FORMULA}</p>',
    ),
    (
        checks.nothing_is_cut,
        END,
        f'<article style="overflow: hidden">{WIDE}</article>',
    ),
    (checks.stays_in_its_width, END, '<p style="width: 1281px">wide</p>'),
    (checks.pictures_have_names, ' alt="a dot"', ""),
    (checks.pictures_have_names, END, "<svg></svg>"),
    (
        checks.scrolls_by_keyboard,
        END,
        f'<p class="box" style="overflow: auto">{WIDE}</p>',
    ),
    (checks.skips_to_the_content, '"#content"', '"#missing"'),
    (checks.skips_to_the_content, '"#content"', '"page.html"'),
    (
        checks.skips_to_the_content,
        'href="#content"',
        'href="#content" style="position: absolute; top: -99px"',
    ),
    (checks.code_can_be_copied, 'class="copybtn"', 'class=""'),
    (checks.code_can_be_copied, '"copybtn"', '"copybtn" tabindex="-1"'),
    (checks.code_can_be_copied, '"copybtn"', '"copybtn" style="opacity: 0"'),
    (checks.links_lead_somewhere, END, '<a href="missing.html">there</a>'),
    (checks.links_lead_somewhere, END, '<a href="#missing">there</a>'),
    (checks.links_lead_somewhere, END, '<a href="page.html#no">there</a>'),
    (checks.has_its_twin, 'lang="en"', 'lang="pt-BR"'),
    (checks.has_its_twin, '"pt-br/page.html"', '"pt-br/index.html"'),
    (checks.has_its_twin, '<a hreflang="en"', "<a"),
    (checks.is_for_everyone_in_light, END, "<button></button>"),
    (checks.is_for_everyone_in_light, "black }", "#ccc }"),
    (checks.is_for_everyone_in_dark, "color: white }", "color: #333 }"),
    (checks.is_for_everyone_in_dark, "background: black", "background: #fff"),
]


@pytest.fixture
def small(tmp_path, windows):
    """Give what opens a page of a site of its own, with its twin."""

    def opens(text):
        for folder in FOLDERS.values():
            page = tmp_path / folder / "page.html"
            page.parent.mkdir(exist_ok=True)
            page.write_text(text, encoding="utf-8")
        return opened(site, "page.html", windows[1280])

    with served(tmp_path) as site:
        yield opens


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_good_page_has_no_fault(small, check):
    """No check finds a fault where there is none."""
    with small(WHOLE) as page:
        assert check(page) == []


@pytest.mark.parametrize(("check", "right", "wrong"), BROKEN)
def test_a_fault_is_found(small, check, right, wrong):
    """A check finds what breaks it."""
    assert right in WHOLE
    with small(WHOLE.replace(right, wrong)) as page:
        assert check(page) != []


def test_every_check_can_fail():
    """Something breaks each check."""
    assert {broken[0] for broken in BROKEN} == set(CHECKS)
