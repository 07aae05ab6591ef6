"""``refspec check --op``: the oracle, from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
from junitparser import Failure, JUnitXml, TestCase, TestSuite
from rich.console import Console
from rich.progress import Progress, TaskID

from refspec.cli.console import console, progress
from refspec.oracle.checking import check
from refspec.oracle.implementations import BY_DEFAULT, NAMES, load
from refspec.oracle.known import Known, read_known
from refspec.oracle.trials import OPERATIONS
from refspec.oracle.verdicts import Report

__all__ = ["check_operations"]

COLOURS = {"agrees": "green", "mistrusted": "yellow"}


def check_operations(
    names: Sequence[str],
    operations: Sequence[str],
    *,
    file: Path | None,
    junit: Path | None,
    dtypes: Sequence[str],
    supports: Sequence[str],
    declares: Sequence[str],
    deviations: Path | None,
    **options: Any,
) -> None:
    """Check operations of each candidate, and show every report.

    Raises
    ------
    click.UsageError
        If an option cannot be read.
    SystemExit
        With 1, if something does not agree.

    """
    known: list[Known] = []
    try:
        if deviations is not None:
            known = read_known(deviations)
        options["supports"] = dict(map(_supported, supports))
        options["declares"] = dict(map(_declared, declares))
        reports = list(
            _reports(names, operations, dtypes, {**options, "known": known})
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if file is not None:
        text = json.dumps([r.plain() for r in reports], indent=1)
        file.write_text(f"{text}\n", encoding="utf-8")
    if junit is not None:
        _junit(reports).write(str(junit))
    if not reports:
        raise click.UsageError("none of them offers any of the operations")
    if not all(report.ok for report in reports):
        raise SystemExit(1)


def _value(text: str) -> Any:
    """Read a number, True or False, or a word."""
    try:
        return json.loads(text.lower())
    except json.JSONDecodeError:
        return text


def _supported(text: str) -> tuple[str, frozenset[Any]]:
    name, given, values = text.partition("=")
    if not given or not values:
        raise ValueError(
            f"--supports: expected OPTION=VALUE,..., found {text!r}"
        )
    return name, frozenset(map(_value, values.split(",")))


def _declared(text: str) -> tuple[str, Any]:
    name, given, value = text.partition("=")
    if not given or not value:
        raise ValueError(f"--declares: expected NAME=VALUE, found {text!r}")
    return name, _value(value)


def _reports(
    names: Sequence[str],
    operations: Sequence[str],
    dtypes: Sequence[str],
    options: dict[str, Any],
) -> Iterator[Report]:
    terminal = console()
    for name in names or BY_DEFAULT:
        for operation in _offered(name, operations):
            for dtype in _taken(name, operation, operations, dtypes):
                with progress() as shown:
                    task = shown.add_task(f"{name} {operation} {dtype}")
                    report = check(
                        operation, name, dtype=dtype,
                        progress=partial(_update, shown, task),
                        **options,
                    )  # fmt: skip
                _show(terminal, report)
                yield report


def _update(shown: Progress, task: TaskID, done: int, total: int) -> None:
    shown.update(task, completed=done, total=total)


def _offered(name: str, operations: Sequence[str]) -> Iterable[str]:
    """List the operations that are asked of a candidate.

    Raises
    ------
    ValueError
        If all are asked of a function, which is one.

    """
    if "all" not in operations:
        return operations
    if name not in NAMES:
        raise ValueError(f"--op all: {name} is one operation; which?")
    try:
        offered = load(name).operations
    except ImportError:
        return ()
    return [operation for operation in OPERATIONS if operation in offered]


def _taken(
    name: str, operation: str, operations: Sequence[str],
    dtypes: Sequence[str],
) -> Iterable[str]:  # fmt: skip
    """Leave out a float that an operation does not take, of all of them."""
    if "all" not in operations:
        return dtypes
    takes = {n.dtype for n in load(name).numbers_of((operation,))}
    return [d for d in dtypes if d in takes or d not in {"float64", "float32"}]


def _show(terminal: Console, report: Report) -> None:
    colour = COLOURS.get(report.verdict, "bold red")
    first, *rest = str(report).splitlines()
    terminal.print(first, style=colour, markup=False, emoji=False)
    for line in rest:
        terminal.print(f"  {line}", markup=False, emoji=False)
    if report.python:
        terminal.print("  To see it again, in Python:")
        terminal.print(report.python, markup=False, emoji=False)
    terminal.print()


def _junit(reports: Sequence[Report]) -> JUnitXml:
    """Give a test case for each operation, number type and candidate."""
    xml = JUnitXml("refspec")
    for name in dict.fromkeys(r.implementation for r in reports):
        suite = TestSuite(name)
        for report in reports:
            if report.implementation == name:
                case = TestCase(
                    f"{report.operation} {report.dtype}", name, report.seconds
                )
                case.system_out = str(report)
                if not report.ok:
                    failure = Failure(report.reason, report.verdict)
                    failure.text = f"{report}\n\n{report.python}"
                    case.result = [failure]
                suite.add_testcase(case)
        xml.add_testsuite(suite)
    return xml
