"""The numbers that stand on the slides, and those that are filled in.

Every table is a read-only array of exact numbers, ``int`` or ``Fraction``:
laws compute with them in exact arithmetic. ``table.astype(float)`` makes
floats of one.
"""

from __future__ import annotations

from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from refspec._numbers import Array

__all__ = [
    "BORDER_FILTER",
    "BORDER_IMAGE",
    "BORDER_RESULT",
    "EDGE_FILTER",
    "EDGE_RESULT",
    "EDGE_RESULT_TRANSPOSED",
    "EDGE_WINDOW",
    "FIRST_LAYER",
    "HD_IMAGE",
    "HD_VALUES",
    "LENET5_1998_CONNECTIONS",
    "LENET5_1998_PARAMETERS",
    "LENET5_DENSE_PARAMETERS",
    "LENET5_PARAMETERS",
    "LENET5_VOLUMES",
    "LUMA",
    "MIN_POOL_IMAGE",
    "MIN_POOL_RESULT",
    "PADDED_FRAME",
    "PADDED_IMAGE",
    "PADDED_RESULT",
    "PARAMETERS",
    "RECEPTIVE_FIELDS",
    "SHARPEN_FILTER",
    "THREE_LAYERS",
]


def _table(text: str) -> Array:
    """Read a table of exact numbers, a row a line."""
    rows = [
        [_number(word) for word in line.split()]
        for line in text.strip().splitlines()
    ]
    table: Array = np.array(rows, dtype=object)
    table.flags.writeable = False
    return table


def _number(word: str) -> Any:
    value = Fraction(word)
    return value.numerator if value.denominator == 1 else value


EDGE_WINDOW = _table("""
    189.59 194.95 190.90
    172.70 185.25 193.31
    175.50 168.63 186.22
""")
"""X of slide "Matriz da imagem" (2.4)."""

EDGE_FILTER = _table("""
    -1 0 1
    -1 0 1
    -1 0 1
""")
"""F of slide "Aplicando um filtro de borda vertical" (2.3)."""

EDGE_RESULT = Fraction("32.64")
"""What the slide gives for X and F (2.4)."""

EDGE_RESULT_TRANSPOSED = Fraction("-45.09")
"""What X answers to F transposed: not on the slide (2.5)."""

BORDER_IMAGE = _table("""
    7 2 3 3 8
    4 5 3 8 4
    3 3 2 8 4
    2 8 7 2 7
    5 4 4 5 4
""")
"""The image of slide "O problema nas bordas" (4.1)."""

BORDER_FILTER = _table("""
    1 0 -1
    1 0 -1
    1 0 -1
""")
"""Its filter (4.1)."""

BORDER_RESULT = _table("""
     6 -9 -8
    -3 -2 -3
    -3  0 -2
""")
"""Its result (4.1). The slide leaves the last cell empty: -2 is filled in."""

PADDED_IMAGE = _table("""
     60 113  56 139  85
     73 121  54  84 128
    131  99  70 129 127
     80  57 115  69 134
    104 126 123  95 130
""")
"""The image of slide "A solução: usar padding" (4.5)."""

PADDED_FRAME = _table("""
    0   0   0   0   0   0 0
    0  60 113  56 139  85 0
    0  73 121  54  84 128 0
    0 131  99  70 129 127 0
    0  80  57 115  69 134 0
    0 104 126 123  95 130 0
    0   0   0   0   0   0 0
""")
"""The same image in its frame of zeros (4.5)."""

SHARPEN_FILTER = _table("""
     0 -1  0
    -1  5 -1
     0 -1  0
""")
"""The kernel of that slide (4.5)."""

PADDED_RESULT = _table("""
    114  328  -26  470 158
     53  266  -61  -30 344
    403  116  -47  295 244
    108 -135  256 -128 344
    314  346  279  153 421
""")
"""Its 25 results (4.5)."""

MIN_POOL_IMAGE = _table("""
    15 24 13 19
    14 63 85 33
    81 74 77 12
    55 93 15 69
""")
"""The table of slide "Min-Pooling" (6.5)."""

MIN_POOL_RESULT = _table("""
    14 13
    55 12
""")
"""Its result with 2 x 2 windows (6.5)."""

LUMA = (299, 587, 114)
"""Thousandths of red, green and blue in a grey level: ITU-R BT.601 (1.6)."""

FIRST_LAYER = (6, 3, 5, 5)
"""The filters of slide "O que acontece depois da convolução?" (3.2)."""

HD_IMAGE = (3, 1280, 720)
"""Channels, width and height of slide "Intuição" (6.2)."""

HD_VALUES = 2_764_800
"""What the slide counts in it (6.2)."""

THREE_LAYERS = (3, 5, 7)
"""The fields of three 3 x 3 layers, slide "Exemplo prático" (4.12)."""

RECEPTIVE_FIELDS = MappingProxyType(
    {
        "alexnet": 195,
        "vgg16": 212,
        "resnet50, stride in the 1x1": 483,
        "resnet50, stride in the 3x3": 427,
        "mobilenet_v1": 315,
        "darknet53": 725,
    }
)
"""The published fields (4.14): Araujo, Norris and Sim, *Computing Receptive
Fields of Convolutional Neural Networks*, Distill (2019); AlexNet and VGG-16
after their last pool."""

PARAMETERS = MappingProxyType(
    {
        "alexnet": 61_100_840,
        "vgg16": 138_357_544,
        "resnet50": 25_557_032,
        "mobilenet_v1": 4_231_976,
        "darknet53": 41_609_928,
    }
)
"""The published numbers of parameters (3.11)."""

LENET5_VOLUMES = MappingProxyType(
    {
        "C1": (6, 28, 28),
        "S2": (6, 14, 14),
        "C3": (16, 10, 10),
        "S4": (16, 5, 5),
        "C5": (120,),
        "F6": (84,),
        "output": (10,),
    }
)
"""What the seven layers make of 32 x 32 pixels (7.1)."""

LENET5_PARAMETERS = 61_706
"""Of LeNet-5 as it is taught today (7.1)."""

LENET5_1998_PARAMETERS = MappingProxyType(
    {
        "C1": 156,
        "S2": 12,
        "C3": 1_516,
        "S4": 32,
        "C5": 48_120,
        "F6": 10_164,
    }
)
"""Of the original, 60,000 in all (7.1): LeCun, Bottou, Bengio and Haffner,
*Gradient-Based Learning Applied to Document Recognition* (1998)."""

LENET5_1998_CONNECTIONS = 340_908
"""Of the original, the 840 of its output layer included (7.1)."""

LENET5_DENSE_PARAMETERS = 12_552_734
"""Of the dense twin 1024-4704-1600-120-84-10 (7.2)."""
