"""Put anybody's functions to the laws of the lecture."""

from refspec.oracle.implementations import Implementation, load
from refspec.oracle.run import Finding, check_law, check_laws, replay

__all__ = [
    "Finding",
    "Implementation",
    "check_law",
    "check_laws",
    "load",
    "replay",
]
