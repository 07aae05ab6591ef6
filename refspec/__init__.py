"""The layers of a convolutional network, as an executable specification."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from refspec import (
    activation,
    cells,
    convolution,
    counts,
    geometry,
    images,
    normalization,
    pooling,
    receptive,
)
from refspec.activation import *  # noqa: F403
from refspec.cells import *  # noqa: F403
from refspec.convolution import *  # noqa: F403
from refspec.counts import *  # noqa: F403
from refspec.geometry import *  # noqa: F403
from refspec.images import *  # noqa: F403
from refspec.normalization import *  # noqa: F403
from refspec.pooling import *  # noqa: F403
from refspec.receptive import *  # noqa: F403

if TYPE_CHECKING:
    from refspec.architectures import *  # noqa: F403
    from refspec.network import *  # noqa: F403
    from refspec.training import *  # noqa: F403

__version__ = "0.1.0"

LATER = {
    "network": [
        "Conv",
        "PartialConv",
        "Pool",
        "GlobalAveragePool",
        "Subsampling",
        "ReLU",
        "LeakyReLU",
        "Tanh",
        "BatchNorm",
        "Flatten",
        "Dense",
        "RBF",
        "Add",
        "Concat",
        "Network",
        "network_table",
    ],
    "architectures": [
        "lenet5",
        "lenet5_1998",
        "lenet5_dense",
        "alexnet",
        "vgg16",
        "resnet50",
        "mobilenet_v1",
        "darknet53",
    ],
    "training": [
        "softmax",
        "softmax_backward",
        "cross_entropy",
        "cross_entropy_backward",
        "minibatches",
        "initial_parameters",
        "forward",
        "backward",
        "update_statistics",
        "sgd_step",
    ],
}
"""What is loaded when it is first asked for: classes take time to make."""

__all__ = [
    name
    for module in (
        images,
        geometry,
        convolution,
        counts,
        receptive,
        cells,
        pooling,
        activation,
        normalization,
    )
    for name in module.__all__
]
__all__ += [name for names in LATER.values() for name in names]


def __getattr__(name: str) -> Any:
    """Load a module of `LATER`, for itself or for one of its names."""
    for module, names in LATER.items():
        if name == module:
            return import_module(f"{__name__}.{name}")
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
