"""The playground says what the definitions say."""

from __future__ import annotations

import json

import pytest
from looking import opened

COMPARE = """answers => answers.flatMap((p) => {
  const rows = play.fields(p.kernelRows, p);
  const columns = play.fields(p.kernelColumns, p);
  const found = {
    span: [play.span(p.kernelRows, p.dilation),
           play.span(p.kernelColumns, p.dilation)],
    fields: rows.map((f, at) =>
      [f.size, columns[at].size, f.jump, columns[at].jump]),
  };
  try {
    found.parameters = play.parameters(p);
    found.size = play.sizeOf(p);
    found.multiplications = play.multiplications(p, found.size);
    found.network = play.network(p);
    found.map = play.convolve(p.answer.image, p.answer.weights, p);
  } catch (error) {
    found.error = error.message;
  }
  return Object.keys({ ...p.answer, ...found })
    .filter((key) => !["image", "weights"].includes(key))
    .filter((key) =>
      JSON.stringify(found[key]) !== JSON.stringify(p.answer[key]))
    .map((key) => [key, JSON.stringify(p), JSON.stringify(found[key])]);
})"""


@pytest.fixture(params=["", "pt-br/"], ids=["en", "pt-BR"])
def page(request, site, windows):
    """Open the playground."""
    with opened(site, f"{request.param}play.html", windows[1280]) as look:
        yield look.page


def _answers(site):
    file = site.root / "_static" / "play-answers.json"
    return json.loads(file.read_text(encoding="utf-8"))


def test_its_answers_are_those_of_the_definitions(page, site):
    """Sizes, fields, counts, maps and refusals are the same, to the letter."""
    answers = _answers(site)
    assert {"error" in p["answer"] for p in answers} == {True, False}
    assert page.evaluate(COMPARE, answers) == []


def test_a_control_changes_what_is_shown(page):
    """A stride of 2, chosen by keyboard, halves the map."""
    before = page.locator(".play-sizes").text_content()
    page.locator("input[name=stride]").press("ArrowUp")
    after = page.locator(".play-sizes").text_content()
    assert before != after
    assert "/ 2" in after


def test_the_window_moves_by_keyboard(page):
    """An arrow key on the slider moves the window by one."""
    slider = page.locator(".play input[type=range]")
    first = page.locator(".play-sum").text_content()
    slider.press("ArrowRight")
    assert page.locator(".play-sum").text_content() != first


def test_the_window_moves_by_itself_when_it_is_told_to(page):
    """Nothing moves before the button is pressed."""
    slider = page.locator(".play input[type=range]")
    page.wait_for_timeout(1000)
    assert slider.input_value() == "0"
    page.locator(".play [name=play]").press("Enter")
    page.wait_for_function("document.querySelector('[type=range]').value > 0")


def test_what_does_not_fit_is_refused_in_a_sentence(page):
    """A kernel that is too large is named; what is wrong shows no numbers."""
    page.locator("input[name=columns]").fill("1")
    page.locator("input[name=padding]").fill("0")
    error = page.locator(".play-error")
    assert "kernel_size: a kernel of 3" in error.text_content()
    assert not page.locator(".play-shown").is_visible()
    page.locator("input[name=columns]").fill("99")
    assert "12" in error.text_content()


def test_the_window_moves_by_a_step(page):
    """A button moves it by one, says so, and stops what plays."""
    slider = page.locator(".play input[type=range]")
    told = page.locator(".play-sum")
    page.locator(".play [name=play]").press("Enter")
    assert told.get_attribute("aria-live") != "polite"
    for name, at in [("forward", "1"), ("forward", "2"), ("back", "1")]:
        page.locator(f".play [name={name}]").press("Enter")
        assert slider.input_value() == at
    assert told.get_attribute("aria-live") == "polite"
    page.wait_for_timeout(1000)
    assert slider.input_value() == "1"


def test_a_layer_without_a_window_ends_the_table(page):
    """The first layer that does not fit is the last one shown."""
    for name, value in [("padding", "0"), ("layers", "6")]:
        page.locator(f"input[name={name}]").fill(value)
    rows = page.locator(".play tr")
    assert rows.count() == 1 + 3  # 6 rows become 4, then 2, then none
    assert rows.last.locator("td").all_text_contents()[2:] == [""] * 4


@pytest.mark.parametrize("width", [1280, 390])
def test_the_largest_problem_stays_in_its_width(site, windows, width):
    """Every number at its end: the page does not grow sideways."""
    with opened(site, "play.html", windows[width]) as look:
        for field in look.page.locator(".play input[type=number]").all():
            field.fill(field.get_attribute("max"))
        assert look.page.locator(".play-shown").is_visible()
        assert look.ask("sideways") == []
        assert look.ask("cut") == []


def test_it_works_from_a_file(site, windows):
    """No server is needed: the page computes when it is opened from disk."""
    page = windows[1280].new_page()
    page.goto((site.root / "play.html").as_uri())
    assert "+ 1 = " in page.locator(".play-sizes").text_content()
    assert page.locator(".play-pictures svg").count() == 4
    page.close()
