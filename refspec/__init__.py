"""The layers of a convolutional network, as an executable specification."""

from refspec import (
    activation,
    architectures,
    cells,
    convolution,
    counts,
    geometry,
    images,
    network,
    normalization,
    pooling,
    receptive,
)
from refspec.activation import *  # noqa: F403
from refspec.architectures import *  # noqa: F403
from refspec.cells import *  # noqa: F403
from refspec.convolution import *  # noqa: F403
from refspec.counts import *  # noqa: F403
from refspec.geometry import *  # noqa: F403
from refspec.images import *  # noqa: F403
from refspec.network import *  # noqa: F403
from refspec.normalization import *  # noqa: F403
from refspec.pooling import *  # noqa: F403
from refspec.receptive import *  # noqa: F403

__version__ = "0.1.0"
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
        network,
        architectures,
    )
    for name in module.__all__
]
