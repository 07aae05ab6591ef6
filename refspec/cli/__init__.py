"""The command line: ``refspec check``, ``claims``, ``show``, ..."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from textwrap import indent
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

import refspec
from refspec import architectures
from refspec.cli.console import console as terminal
from refspec.cli.console import progress
from refspec.cli.operations import check_operations
from refspec.laws import LAWS, Law, ledger
from refspec.lecture import SECTIONS
from refspec.network import Row
from refspec.oracle import report, vectors
from refspec.oracle.candidates import DEADLINE
from refspec.oracle.checking import EXAMPLES as PROBLEMS
from refspec.oracle.implementations import BY_DEFAULT, Implementation, load
from refspec.oracle.parallel import check_in_parallel
from refspec.oracle.run import EXAMPLES, Finding
from refspec.oracle.trials import OPERATIONS
from refspec.oracle.variants import variants_of

__all__ = ["main"]

COLOURS = {
    "holds": "green",
    "broken": "bold red",
    "exact only": "cyan",
    "unsupported": "yellow",
}


def _table(*columns: str) -> Table:
    """Make a table that folds words rather than cut them."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(refspec.__version__)
def main() -> None:
    """Run the lecture on convolutional networks, instead of believing it."""


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--section", type=int, help="Only laws of this section.")
@click.option("--claim", "claims", multiple=True, help="Only this claim's.")
@click.option("--law", "laws", multiple=True, help="Only the law so named.")
@click.option(
    "--op", "operations", multiple=True,
    help="Hold this operation, or all, to its definition.",
)  # fmt: skip
@click.option(
    "--dtype", "dtypes", multiple=True, default=("float32",),
    show_default=True, help="With --op: the arrays' number type.",
)  # fmt: skip
@click.option(
    "--supports", multiple=True, metavar="OPTION=VALUE,...",
    help="With --op: all that it supports, such as kernel_size=3,5.",
)  # fmt: skip
@click.option(
    "--declares", multiple=True, metavar="NAME=VALUE",
    help="With --op: a convention that it follows, such as tie=shared.",
)  # fmt: skip
@click.option(
    "--accept", multiple=True, metavar="NAME",
    help="With --op: a variant or a precision that is as good.",
)  # fmt: skip
@click.option(
    "--arrays", default="numpy", show_default=True,
    help="With --op: what it takes: numpy, torch, torch-cuda or jax.",
)  # fmt: skip
@click.option(
    "--deadline", type=click.FloatRange(0.01), default=DEADLINE,
    show_default=True, help="With --op: seconds for a call.",
)  # fmt: skip
@click.option(
    "--known", "deviations",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="With --op: a file of deviations that are no news.",
)  # fmt: skip
@click.option(
    "--examples", type=click.IntRange(1), default=None,
    help=f"Cases for each law ({EXAMPLES}), or operation ({PROBLEMS}).",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--jobs", type=click.IntRange(1), default=min(8, os.cpu_count() or 1),
    show_default="one per core", help="Processes.",
)  # fmt: skip
@click.option(
    "--json", "file", type=click.Path(dir_okay=False, path_type=Path),
    help="Write what was found to a file.",
)  # fmt: skip
@click.option(
    "--junit", type=click.Path(dir_okay=False, path_type=Path),
    help="With --op: write it as JUnit XML.",
)  # fmt: skip
def check(
    names: tuple[str, ...], section: int | None, claims: tuple[str, ...],
    laws: tuple[str, ...], operations: tuple[str, ...], examples: int | None,
    seed: int, jobs: int, file: Path | None, **asked: Any,
) -> None:  # fmt: skip
    """Put implementations to the laws, or an operation to its definition.

    NAME is refspec, scipy, torch, ...; without one, the reference and the
    quick ones of those that are installed. With --op it may also be
    path/to/kernel.py:function or module:function. The exit status is 1 where
    something disagreed.
    """
    if operations or any(":" in name for name in names):
        if not operations:
            raise click.UsageError(
                f"--op says which operation {names[0]} is: "
                f"{', '.join(OPERATIONS)}"
            )
        asked |= {"examples": examples or PROBLEMS, "seed": seed}
        check_operations(names, operations, file=file, **asked)
        return
    console = terminal()
    examples = examples or EXAMPLES
    chosen = _chosen_laws(section, claims, laws)
    implementations = _load(names, console)
    findings = _run(
        implementations, chosen, examples=examples, seed=seed, jobs=jobs
    )
    for finding in findings:
        if finding.verdict == "broken":
            _explain(console, finding, examples, seed)
    _summarize(console, findings, implementations)
    if file is not None:
        settings = {"examples": examples, "seed": seed}
        report.write(file, report.record(findings, **settings))
    if any(finding.verdict == "broken" for finding in findings):
        raise SystemExit(1)


def _chosen_laws(
    section: int | None, claims: tuple[str, ...], names: tuple[str, ...]
) -> list[Law]:
    if section is not None and section not in SECTIONS:
        raise click.BadParameter(
            f"expected one of {', '.join(map(str, SECTIONS))}, found "
            f"{section}",
            param_hint="--section",
        )
    for claim in claims:
        _or_usage("--claim", lambda claim=claim: ledger.row(claim))
    for name in names:
        if name not in LAWS:
            raise click.BadParameter(
                f"there is no law {name!r}; `refspec claims` lists them",
                param_hint="--law",
            )
    chosen = [
        law
        for law in LAWS.values()
        if (
            section is None
            or f"{section}" in {c.split(".")[0] for c in law.claims}
        )
        and (not claims or set(claims) & set(law.claims))
        and (not names or law.name in names)
    ]
    if not chosen:
        raise click.UsageError("no law fits all of these options")
    return chosen


def _or_usage(hint: str, call: Any) -> Any:
    """Turn a ValueError into a message about the command's use."""
    try:
        return call()
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=hint) from None


def _load(names: tuple[str, ...], console: Console) -> list[Implementation]:
    implementations = []
    for name in names or BY_DEFAULT:
        try:
            implementations.append(
                _or_usage("NAME", lambda name=name: load(name))
            )
        except ImportError as error:
            if names:
                raise click.UsageError(f"{name}: {error}") from None
            console.print(f"{name}: left out: {error}", style="yellow")
    return implementations


def _run(
    implementations: list[Implementation], laws: list[Law], **options: int
) -> list[Finding]:
    findings = []
    with progress() as shown:
        task = shown.add_task("", total=len(laws) * len(implementations))
        for finding in check_in_parallel(implementations, laws, **options):
            findings.append(finding)
            shown.update(
                task, advance=1, description=finding.implementation.name
            )
    return findings


def _explain(
    console: Console, finding: Finding, examples: int, seed: int
) -> None:
    who, law = finding.implementation.name, finding.law
    console.print(
        f"{who} disagrees with {law.name} ({', '.join(law.claims)})",
        style=COLOURS["broken"],
    )
    console.print(indent(f"{law.sentence}\n{finding.reason}\n", "  "))
    console.print("  To see it again, in Python:")
    console.print(Syntax(finding.python, "python", background_color="default"))
    console.print("  or, searching anew:")
    console.print(
        f"refspec check {who} --law {law.name} --examples {examples} "
        f"--seed {seed}\n"
    )


def _summarize(
    console: Console,
    findings: list[Finding],
    implementations: list[Implementation],
) -> None:
    table = _table("implementation", "version", *report.VERDICTS, "cases", "s")
    counts = report.summary(findings)
    for implementation in implementations:
        mine = [f for f in findings if f.implementation is implementation]
        verdicts = counts[implementation.name]
        table.add_row(
            implementation.name,
            implementation.version,
            *(
                f"[{COLOURS[v]}]{verdicts[v]}[/]" if verdicts[v] else "0"
                for v in report.VERDICTS
            ),
            str(sum(f.examples for f in mine)),
            f"{sum(f.seconds for f in mine):.1f}",
        )
    console.print(table)
    console.print(
        "exact only: floats cannot represent every side of the law; it is "
        "proven on the reference."
    )
    for implementation in implementations:
        lines = report.unsupported(implementation)
        if lines:
            console.print(f"\n{implementation.name} does not support")
        for line in lines:
            console.print(f"  {line}")


@main.command("vectors")
@click.argument("operation")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True,
    help="The folder to write to.",
)  # fmt: skip
@click.option("--dtype", default="float32", show_default=True)
@click.option(
    "--examples", type=click.IntRange(1), default=vectors.EXAMPLES,
    show_default=True, help="Problems; a few more may be added.",
)  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--format", "forms", default=",".join(vectors.FORMS), show_default=True,
    help="One or both.",
)  # fmt: skip
def write_vectors(
    operation: str, out: Path, dtype: str, examples: int, seed: int,
    forms: str,
) -> None:  # fmt: skip
    """Write problems and their answers, for those without Python.

    OPERATION is conv2d, max_pool2d, batch_norm, ...; another is answered
    with the list.
    """
    chosen = forms.split(",")
    unknown = [form for form in chosen if form not in vectors.FORMS]
    if unknown:
        raise click.BadParameter(
            f"expected {' or '.join(vectors.FORMS)}, found {unknown[0]!r}",
            param_hint="--format",
        )
    try:
        made = vectors.make(
            operation, dtype=dtype, examples=examples, seed=seed
        )
        written = vectors.write(made, out, chosen)
    except (ValueError, ImportError) as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.BadParameter(
            f"{out} cannot be written to: {error.strerror}",
            param_hint="--out",
        ) from None
    console = terminal()
    for file in written:
        console.print(str(file))
    missed = made.missed()
    caught = len(variants_of(operation)) - len(missed)
    console.print(f"{len(made.vectors)} vectors, {caught} variants caught")
    if missed:
        console.print(f"not caught: {', '.join(missed)}", style="yellow")


@main.command()
@click.option("--section", type=int, help="Only this section.")
def claims(section: int | None) -> None:
    """List the rows of the lecture, and what carries each."""
    table = _table("claim", "kinds", "slide", "state", "carried by")
    for row in ledger.rows():
        claim = row.claim
        if section in {None, claim.section}:
            carriers = [*row.definitions, *(law.name for law in row.laws)]
            table.add_row(
                claim.id,
                " ".join(k for k in "DXTCE" if k in claim.kinds),
                claim.slide,
                row.state,
                "\n".join(carriers),
                style="" if not row.missing else "red",
            )
    terminal().print(table)


@main.command()
@click.argument("name")
def show(name: str) -> None:
    """Show a definition, a law or a claim: formula, code and laws."""
    console = terminal()
    if name in refspec.__all__:
        _show_definition(console, name)
    elif name in LAWS:
        _show_code(console, LAWS[name].relation)
    else:
        _show_claim(console, name)


def _show_code(console: Console, code: Any) -> None:
    source = inspect.getsource(code)
    console.print(Syntax(source, "python", background_color="default"))


def _show_definition(console: Console, name: str) -> None:
    _show_code(console, getattr(refspec, name))
    for law in LAWS.values():
        if name in law.operations:
            _show_code(console, law.relation)


def _show_claim(console: Console, name: str) -> None:
    try:
        row = ledger.row(name)
    except ValueError:
        raise click.BadParameter(
            f"expected a public name, a law or a claim, found {name!r}",
            param_hint="NAME",
        ) from None
    claim = row.claim
    console.print(f"{claim.id} {claim.slide}", style="bold")
    console.print(claim.statement)
    for title, text in (
        ("Condition", claim.condition),
        ("Counterexample", claim.counterexample),
        ("Note", claim.note),
    ):
        if text:
            console.print(f"{title}: {text}")
    for definition in row.definitions:
        _show_code(console, getattr(refspec, definition))
    for law in row.laws:
        _show_code(console, law.relation)


@main.command()
@click.argument("name")
@click.option("--input", "size", help="Another input, such as 3x256x256.")
def table(name: str, size: str | None) -> None:
    """Lay out a network: shapes, parameters, multiplications, fields.

    NAME is lenet5, lenet5_1998, alexnet, vgg16, resnet50, mobilenet_v1, ...
    """
    if name not in architectures.__all__:
        raise click.BadParameter(
            f"expected one of {', '.join(architectures.__all__)}, found "
            f"{name!r}",
            param_hint="NAME",
        )
    network = getattr(architectures, name)()
    shape = _or_usage("--input", lambda: _shape(size)) if size else None
    laid_out = _or_usage(
        "--input", lambda: refspec.network_table(network, shape)
    )
    columns = _table(*(field.replace("_", " ") for field in Row._fields))
    for row in laid_out:
        columns.add_row(*row.cells())
    columns.add_section()
    columns.add_row(*laid_out.total.cells())
    terminal().print(columns)


def _shape(size: str) -> tuple[int, ...]:
    try:
        return tuple(map(int, size.split("x")))
    except ValueError:
        raise ValueError(
            f"expected sizes such as 3x224x224, found {size!r}"
        ) from None
