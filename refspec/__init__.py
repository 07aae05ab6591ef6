"""The layers of a convolutional network, as an executable specification."""

from refspec import convolution, geometry, network, normalization, pooling
from refspec.convolution import *  # noqa: F403
from refspec.geometry import *  # noqa: F403
from refspec.network import *  # noqa: F403
from refspec.normalization import *  # noqa: F403
from refspec.pooling import *  # noqa: F403

__version__ = "0.1.0"
__all__ = [
    name
    for module in (geometry, convolution, pooling, normalization, network)
    for name in module.__all__
]
