"""Ask whether anybody's functions are right.

`check` puts one operation to its definition and gives a verdict; `check_law`
puts an implementation to one law of the lecture.
"""

from refspec.oracle.checking import check, retry
from refspec.oracle.implementations import Implementation, load
from refspec.oracle.known import Known, read_known
from refspec.oracle.run import Finding, check_law, check_laws, replay
from refspec.oracle.trials import OPERATIONS, Trial
from refspec.oracle.verdicts import Counterexample, Explanation, Report

__all__ = [
    "OPERATIONS",
    "Counterexample",
    "Explanation",
    "Finding",
    "Implementation",
    "Known",
    "Report",
    "Trial",
    "check",
    "check_law",
    "check_laws",
    "load",
    "read_known",
    "replay",
    "retry",
]
