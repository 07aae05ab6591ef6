"""The pictures of the site, drawn from the definitions when it is built."""

from _figures import (
    cells,
    convolution,
    images,
    network,
    normalization,
    pooling,
    receptive,
    special,
)

FIGURES = {
    name: getattr(module, name)
    for module in (
        images,
        convolution,
        cells,
        receptive,
        special,
        pooling,
        network,
        normalization,
    )
    for name in module.__all__
}
"""The functions that the directive `drawn` knows, by name."""
