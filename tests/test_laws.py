"""Every law, on the quick ones of the implementations installed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from wrong import wrong_versions

from refspec.laws import LAWS
from refspec.oracle import check_law, load
from refspec.oracle.implementations import BY_DEFAULT
from refspec.oracle.run import judge


def _installed():
    for name in BY_DEFAULT:
        try:
            yield load(name)
        except ImportError:
            continue


INSTALLED = {
    implementation.name: implementation for implementation in _installed()
}
REFERENCE = INSTALLED["refspec"]
CONDITIONAL = [name for name, law in LAWS.items() if law.unless]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("name", INSTALLED)
def test_no_implementation_breaks_a_law(name, law, seed, examples):
    """A law holds for every implementation that has its operations."""
    finding = check_law(law, INSTALLED[name], examples=examples, seed=seed)
    assert finding.verdict != "broken", f"{finding}\n{finding.python}"


@pytest.mark.parametrize("law", LAWS)
def test_the_reference_is_put_to_every_law(law):
    """The reference has every operation that a law is about."""
    finding = check_law(law, REFERENCE, examples=5)
    assert finding.verdict == "holds", str(finding)


@pytest.mark.parametrize("law", [n for n, law in LAWS.items() if law.breaks])
def test_the_smallest_counterexample_breaks_its_law(law):
    """Without its condition, a conditional law is false."""
    it = LAWS[law]
    operations = {name: REFERENCE.operations[name] for name in it.operations}
    assert judge(it, operations, it.breaks) is not None


@pytest.mark.parametrize("law", CONDITIONAL)
def test_a_search_without_the_condition_finds_a_counterexample(law, seed):
    """Hypothesis breaks a conditional law when its condition is dropped."""
    it = LAWS[law]
    free = replace(it, draws={**it.draws, **it.unless})
    finding = check_law(free, REFERENCE, examples=1000, seed=seed)
    assert finding.verdict == "broken"


@pytest.mark.parametrize("law", LAWS)
def test_every_law_refuses_some_wrong_implementation(law):
    """A law that nothing breaks says nothing."""
    it = LAWS[law]
    assert any(
        check_law(
            it,
            replace(
                REFERENCE, operations={**REFERENCE.operations, name: wrong}
            ),
            examples=50,
        ).verdict
        == "broken"
        for name in it.operations
        for wrong in wrong_versions(REFERENCE.operations[name]).values()
    )
