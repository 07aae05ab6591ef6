"""Problems: valid inputs of an operation, and the strategies that draw them.

Geometry first: kernel, dilation, stride and padding are drawn for each axis,
then an image in which at least one window fits. Then the data, by
`Domain.tensor`. One module per module of definitions.
"""

from refspec.laws.problems.activation import (
    activation_problems,
    activation_slopes,
)
from refspec.laws.problems.axes import Axis, axes, options
from refspec.laws.problems.cells import (
    complex_cell_problems,
    simple_cell_problems,
)
from refspec.laws.problems.convolution import (
    conv_problems,
    conv_slopes,
    depthwise_problems,
    feature_map_problems,
    kernel_problems,
    output_sizes,
    pointwise_problems,
    response_problems,
    separable_problems,
    transpose_problems,
)
from refspec.laws.problems.geometry import (
    framed_images,
    padded_images,
    window_problems,
)
from refspec.laws.problems.images import (
    dense_problems,
    dense_slopes,
    image_problems,
    vector_problems,
)
from refspec.laws.problems.network import networks, one_of
from refspec.laws.problems.normalization import (
    batch_norm_problems,
    batch_norm_slopes,
    batch_problems,
    eps_of_roots,
    fold_problems,
    folded_convolutions,
    inference_problems,
    normalized_convolutions,
    rooted_batches,
    running_problems,
    square_batches,
)
from refspec.laws.problems.pooling import (
    avg_pool_problems,
    avg_pool_slopes,
    pool_problems,
    pool_slopes,
    pooled_sizes,
)
from refspec.laws.problems.problem import Problem, constant, python_of
from refspec.laws.problems.receptive import (
    filter_stacks,
    padded_stacks,
    stacks,
    thousand_layers,
)
from refspec.laws.problems.training import (
    classification_problems,
    descent_problems,
    generic,
    logits_problems,
    logits_slopes,
    small_networks,
    weights_of,
)

__all__ = [
    "Axis",
    "Problem",
    "activation_problems",
    "activation_slopes",
    "avg_pool_problems",
    "avg_pool_slopes",
    "axes",
    "batch_norm_problems",
    "batch_norm_slopes",
    "batch_problems",
    "classification_problems",
    "complex_cell_problems",
    "constant",
    "conv_problems",
    "conv_slopes",
    "dense_problems",
    "dense_slopes",
    "depthwise_problems",
    "descent_problems",
    "eps_of_roots",
    "feature_map_problems",
    "filter_stacks",
    "fold_problems",
    "folded_convolutions",
    "framed_images",
    "generic",
    "image_problems",
    "inference_problems",
    "kernel_problems",
    "logits_problems",
    "logits_slopes",
    "networks",
    "normalized_convolutions",
    "one_of",
    "options",
    "output_sizes",
    "padded_images",
    "padded_stacks",
    "pointwise_problems",
    "pool_problems",
    "pool_slopes",
    "pooled_sizes",
    "python_of",
    "response_problems",
    "rooted_batches",
    "running_problems",
    "separable_problems",
    "simple_cell_problems",
    "small_networks",
    "square_batches",
    "stacks",
    "thousand_layers",
    "transpose_problems",
    "vector_problems",
    "weights_of",
    "window_problems",
]
