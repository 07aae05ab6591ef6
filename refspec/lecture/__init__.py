"""The lecture as data: what it states, and its numbers."""

from refspec.lecture import tables
from refspec.lecture.claims import CLAIMS, KINDS, SECTIONS, Claim
from refspec.lecture.tables import *  # noqa: F403

__all__ = ["CLAIMS", "KINDS", "SECTIONS", "Claim"]
__all__ += tables.__all__
