"""The problems of the playground show all that it can do."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).parents[1] / "docs" / "_ext" / "answers.py"
COUNT = 400


@pytest.fixture(scope="module")
def answers():
    """Load the module of the documentation, which needs no Sphinx."""
    spec = importlib.util.spec_from_file_location(FILE.stem, FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
