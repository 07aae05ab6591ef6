"""The reference itself, in every number type that it takes."""

from __future__ import annotations

import refspec
from refspec.laws.domain import FLOAT32, FLOAT64, FRACTION, INT64
from refspec.oracle.implementations import Implementation


def load() -> Implementation:
    """Offer every public definition."""
    return Implementation(
        name="refspec",
        version=refspec.__version__,
        operations={name: getattr(refspec, name) for name in refspec.__all__},
        numbers=(FRACTION, INT64, FLOAT64, FLOAT32),
    )
