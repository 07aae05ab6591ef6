"""The list of mutants that compute the same, between runs of them all."""

from __future__ import annotations

from pathlib import Path

import mutation
import pytest

import refspec

LISTED = [what for _, what in mutation.listed() if not isinstance(what, str)]
SHOWN = """# refspec.pooling.x_f__mutmut_1: survived
--- refspec/pooling.py
+++ refspec/pooling.py
@@ -1,2 +1,2 @@
     for a, b in zip(
-        rows, columns, strict=True
-    ):
+        rows, columns, ):
         pass
"""


@pytest.mark.parametrize("mutant", LISTED)
def test_a_listed_mutant_changes_a_line_that_is_there(mutant):
    """What the definitions no longer say need not be listed."""
    file = Path(refspec.__file__).with_name(mutant.file)
    lines = map(str.strip, file.read_text(encoding="utf-8").splitlines())
    assert {*mutant.side("-")} <= {*lines}
    assert mutant.side("+") != mutant.side("-")


def test_a_mutant_fits_itself_and_its_kind():
    """A kind is all that changes nothing else."""
    mutant = mutation.read(SHOWN)
    assert mutant.fits(mutant)
    assert mutant.fits(r"strict=\w+")
    assert not mutant.fits("columns")
    assert not any(mutant.fits(other) for other in LISTED)
