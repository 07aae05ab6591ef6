"""The statements of the lecture as laws, one module per definition module.

Importing this package registers every law in `LAWS`.
"""

from refspec.laws import (
    activation,
    cells,
    convolution,
    counts,
    geometry,
    gradients,
    images,
    network,
    normalization,
    pooling,
    receptive,
    training,
)
from refspec.laws.law import LAWS, Law, law
from refspec.laws.problems import Problem
from refspec.laws.relations import Difference, at_most, equal, refuses

__all__ = [
    "LAWS",
    "Difference",
    "Law",
    "Problem",
    "activation",
    "at_most",
    "cells",
    "convolution",
    "counts",
    "equal",
    "geometry",
    "gradients",
    "images",
    "law",
    "network",
    "normalization",
    "pooling",
    "receptive",
    "refuses",
    "training",
]
