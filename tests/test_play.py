"""What the pages to play with are made of, without a browser."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
STUB = (DOCS / "_browser" / "stub.py").read_text(encoding="utf-8")
RIGHT = STUB.replace("(kw - 1) * dw - 1) // sh", "(kw - 1) * dw - 1) // sw")
COUNT = 400


def _load(file):
    """Load a module of the documentation that needs no Sphinx."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def answers():
    """Load what draws problems of the playground."""
    return _load(DOCS / "_ext" / "answers.py")


@pytest.fixture(scope="module")
def problems(answers):
    """Draw what the browser's test is about."""
    return answers.problems(COUNT)


@pytest.fixture(scope="module")
def answered(problems):
    """Give those that are not refused."""
    return [p for p in problems if "error" not in p["answer"]]


def test_they_are_the_same_each_time(answers, problems):
    """A build that changes nothing writes the same file."""
    assert answers.problems(COUNT) == problems


def test_every_number_of_every_control_occurs(answers, problems):
    """Nothing that a reader can choose is left out."""
    for control in answers.CONTROLS:
        chosen = {problem[control.name] for problem in problems}
        assert chosen == set(range(control.least, control.most + 1))
        assert control.value in chosen


@pytest.mark.parametrize("argument", ["groups", "kernel_size"])
def test_every_refusal_occurs(problems, argument):
    """Problems are refused for each reason that there is."""
    errors = [p["answer"].get("error", "") for p in problems]
    assert any(error.startswith(f"{argument}: ") for error in errors)


def test_many_problems_are_answered(answered):
    """What is not refused has a map of the size that is said."""
    assert len(answered) > 100
    for answer in (problem["answer"] for problem in answered):
        rows, columns = answer["size"]
        assert [len(row) for row in answer["map"]] == [columns] * rows


def test_networks_end_both_ways(answered):
    """Some have all their layers; in others no window fits any more."""
    networks = [p["answer"]["network"] for p in answered]
    assert all(None not in before for *before, _ in networks)
    assert any(last is None for *_, last in networks)
    assert any(last and len(before) > 1 for *before, last in networks)


def test_the_first_layer_is_the_convolution(answered):
    """Two ways through the definitions give the same numbers."""
    for answer in (problem["answer"] for problem in answered):
        first = answer["network"][0]
        assert [*first["output"][1:]] == answer["size"]
        assert [*first["fields"]] == answer["fields"][0][:2]
        for count in ("parameters", "multiplications"):
            assert first[count] == answer[count]


@pytest.fixture
def told(monkeypatch):
    """Put lines to the law that decides, and give what a page is told."""
    judge = _load(DOCS / "_browser" / "judge.py")
    monkeypatch.setattr(judge, "ALONE", judge.ALONE[:1])

    def told(source):
        lines = []
        judge.judge(source, lines.append)
        (line,) = lines
        return json.loads(line)

    return told


def test_the_right_function_draws_nothing(told):
    """With its mistake mended, the function that is offered holds."""
    assert RIGHT != STUB
    found = told(RIGHT)
    assert (found["verdict"], found["drawn"]) == ("holds", None)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("w[k, :, u, v]", "w[k, :, -1 - u, v]"),
        ("w[k, :, u, v]", "w[k, :, u, -1 - v]"),
        ("u * dh : u * dh +", "u : u +"),
    ],
)
def test_a_wrong_cell_is_marked(told, line, wrong):
    """The picture marks a cell in which the two answers differ."""
    assert line in RIGHT
    drawn = told(RIGHT.replace(line, wrong))["drawn"]
    i, j = drawn["wrong"]
    assert drawn["expected"][0][i][j] != drawn["got"][0][i][j]


def test_a_forgotten_bias_is_seen(told):
    """The picture tells the bias, without which it would explain nothing."""
    drawn = told(RIGHT.replace("y if b is None else y + b", "y #"))["drawn"]
    assert drawn["options"].startswith("b=")


def test_a_size_that_is_wrong_is_told(told):
    """Where the shapes differ, they are said, and no cell is marked."""
    drawn = told(STUB)["drawn"]
    assert drawn["wrong"] == [-1, -1]
    assert drawn["shapes"][1] in drawn["said"]


@pytest.mark.parametrize("does", ["raise KeyError(1)", "return np.zeros(0)"])
def test_a_batch_of_none_is_told_by_its_shape(told, does):
    """Where there is no image to draw, the shape says why."""
    line = "    x = np.pad"
    assert line in RIGHT
    lines = f"    if not len(x): {does}\n{line}"
    drawn = told(RIGHT.replace(line, lines))["drawn"]
    assert (drawn["image"], drawn["expected"]) == ([], [])
    assert drawn["shapes"][0].startswith("(0, ")


@pytest.mark.parametrize(
    ("source", "error"),
    [("x = 1", TypeError), ("def conv2d(:", SyntaxError)],
)
def test_what_is_no_function_is_an_error(told, source, error):
    """What does not define conv2d is not put to any law."""
    with pytest.raises(error):
        told(source)
