"""The command line: what it prints, and how it exits."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from refspec import cli, conv2d
from refspec.oracle import Implementation

LAW = "conv2d_equals_the_definition"
FEW = ("--examples", "5", "--jobs", "1")


def _run(*arguments):
    return CliRunner().invoke(cli.main, arguments)


@pytest.fixture
def one_wrong(monkeypatch):
    """Let `load` give an implementation that doubles its answers."""

    def doubled(*arrays, **options):
        return 2 * conv2d(*arrays, **options)

    wrong = Implementation("scipy", {"conv2d": doubled}, version="0")
    monkeypatch.setattr(cli, "load", lambda _: wrong)


def test_check_exits_with_zero_where_all_agree():
    """The reference agrees with itself."""
    result = _run("check", "refspec", "--law", LAW, *FEW)
    assert result.exit_code == 0
    assert "refspec" in result.stdout


@pytest.mark.usefixtures("one_wrong")
def test_check_exits_with_one_where_something_disagrees():
    """A wrong implementation is told so, with a case and a line to replay."""
    result = _run("check", "scipy", "--law", LAW, "--seed", "3")
    assert result.exit_code == 1
    assert "Problem(x=np.array(" in result.stdout
    assert f"refspec check scipy --law {LAW} --examples 40 --seed 3" in (
        result.stdout
    )


@pytest.mark.usefixtures("one_wrong")
def test_check_says_what_is_not_supported():
    """Operations that are not there are listed."""
    result = _run("check", "scipy", "--section", "6", *FEW)
    assert result.exit_code == 0
    assert "scipy does not support" in result.stdout
    assert "not offered: flatten, unflatten" in result.stdout


def test_check_writes_what_it_found(tmp_path):
    """`--json` writes every finding, with versions and date."""
    file = tmp_path / "report.json"
    assert _run("check", "refspec", "--law", LAW, "--json", str(file), *FEW)
    report = json.loads(file.read_text(encoding="utf-8"))
    assert report["seed"] == 0
    assert set(report["implementations"]) == {"refspec"}
    assert [f["law"] for f in report["findings"]] == [LAW]
    assert report["findings"][0]["verdict"] == "holds"


@pytest.mark.usefixtures("one_wrong")
def test_nothing_piped_is_coloured():
    """Control characters stay on the terminal."""
    assert "\x1b" not in _run("check", "scipy", "--law", LAW, *FEW).output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("check", "nobody"), "expected one of refspec, scipy, torch"),
        (("check", "--section", "12"), "expected one of 1, 2, 3"),
        (("check", "--claim", "4.99"), "expected a row of the lecture"),
        (("check", "--law", "ohm"), "there is no law 'ohm'"),
        (("check", "--section", "1", "--claim", "5.1"), "no law fits all"),
        (("check", "--examples", "0"), "0 is not in the range"),
        (("show", "conv3d"), "expected a public name, a law or a claim"),
        (("table", "lenet6"), "lenet6"),
    ],
)
def test_bad_use_is_one_clear_sentence(arguments, said):
    """A wrong argument is named, and the exit status is 2."""
    result = _run(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert "Traceback" not in result.output


VARYING = {"seconds", "share"}


def test_two_processes_find_what_one_finds(tmp_path):
    """The findings do not depend on the number of processes.

    But for times, and for the last bits, which depend on BLAS's threads.
    """
    found = []
    for jobs in ("1", "2"):
        file = tmp_path / jobs
        options = ("--examples", "2", "--jobs", jobs, "--json", str(file))
        assert _run("check", "refspec", *options).exit_code == 0
        report = json.loads(file.read_text(encoding="utf-8"))
        found.append(
            [
                {k: v for k, v in finding.items() if k not in VARYING}
                for finding in report["findings"]
            ]
        )
    assert found[0] == found[1]


def test_claims_lists_every_row():
    """`claims` shows each row with what carries it."""
    output = _run("claims").stdout
    assert "5.1" in output
    assert "stride_keeps_every_sth_cell" in output


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("conv2d", ["def conv2d(", ".. math::", f"def {LAW}("]),
        (LAW, [f"def {LAW}("]),
        ("5.1", ["Controle de deslocamento", "def stride_keeps_every_sth"]),
    ],
)
def test_show_prints_code_and_laws(name, shown):
    """`show` takes a definition, a law or a claim."""
    output = _run("show", name).stdout
    assert [part for part in shown if part not in output] == []


def test_table_prints_a_network():
    """`table lenet5` ends in the sum of the parameters."""
    assert "61,706" in _run("table", "lenet5").stdout
