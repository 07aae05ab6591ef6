"""A pytest plugin: three lines make a test of somebody's kernel.

def test_my_convolution(refspec_check):
    refspec_check("conv2d", my_convolution, supports={"groups": {1}})

It is outside of the package, so that loading it costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

__all__ = ["pytest_addoption", "refspec_check"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the command line say how much is tried."""
    group = parser.getgroup("refspec")
    group.addoption(
        "--refspec-examples", type=int, default=None,
        help="problems for each refspec_check (500)",
    )  # fmt: skip
    group.addoption(
        "--refspec-seed", type=int, default=None,
        help="the seed of each refspec_check (0)",
    )  # fmt: skip


@pytest.fixture
def refspec_check(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Put a function to the definition of an operation, or fail the test.

    It takes what `refspec.oracle.check` takes, and gives its report.
    """
    from refspec.oracle import check

    given = {
        name: request.config.getoption(f"--refspec-{name}")
        for name in ("examples", "seed")
    }
    asked = {name: n for name, n in given.items() if n is not None}

    def checked(operation: str, implementation: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        report = check(operation, implementation, **{**options, **asked})
        if not report.ok:
            pytest.fail(f"{report}\n\n{report.python}", pytrace=False)
        return report

    return checked
