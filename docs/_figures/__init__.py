"""The pictures of the site, drawn from the definitions when it is built."""

from _figures import convolution

FIGURES = {
    name: getattr(module, name)
    for module in (convolution,)
    for name in module.__all__
}
"""The functions that the directive `drawn` knows, by name."""
