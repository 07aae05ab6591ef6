"""Put anybody's functions to the laws of the lecture."""

from refspec.oracle.implementations import Implementation, load
from refspec.oracle.run import Finding, check, check_all, replay

__all__ = [
    "Finding",
    "Implementation",
    "check",
    "check_all",
    "load",
    "replay",
]
