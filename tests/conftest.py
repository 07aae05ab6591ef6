"""Options of the test run: the seed and the depth of every search."""

from __future__ import annotations

import pytest


def pytest_addoption(parser):
    """Add the options."""
    parser.addoption("--seed", type=int, default=0, help="of every law")
    parser.addoption("--examples", type=int, default=40, help="for each law")


@pytest.fixture(scope="session")
def seed(request):
    """Give the seed that the searches start from."""
    return request.config.getoption("--seed")


@pytest.fixture(scope="session")
def examples(request):
    """Give how many cases each law is tried on."""
    return request.config.getoption("--examples")
