"""Section 8: what batch norm does to a channel."""

from __future__ import annotations

from typing import Any

import numpy as np

from _figures.style import MARK, MINUS, PLUS, SOFT, Picture, Say, number, plot
from refspec import batch_norm, batch_statistics

__all__ = ["batch_norm_histograms"]


def _channels() -> Any:
    """Draw the numbers of two channels of a batch, one narrow, one wide."""
    rng = np.random.default_rng(8)
    narrow = rng.normal(4, 0.7, (64, 1, 8, 8))
    wide = rng.gamma(2, 1.6, (64, 1, 8, 8)) - 6
    return np.concatenate([narrow, wide], axis=1)


def batch_norm_histograms(say: Say) -> Picture:
    """Count the numbers of two channels before and after."""
    x = _channels()
    normalized = batch_norm(x, np.ones(2), np.zeros(2))
    gamma, beta = np.array([0.5, 2]), np.array([-3, 2])
    shifted = batch_norm(x, gamma, beta)
    names = say("channel 1"), say("channel 2")
    edges = np.linspace(-8, 10, 73)
    panels = []
    for title, values in (
        (say("Before"), x),
        (say("Normalized"), normalized),
        (say("With gamma and beta"), shifted),
    ):
        axes = plot(226, 200, title, left=14)
        for channel, color in enumerate((PLUS, MINUS)):
            axes.hist(values[:, channel].ravel(), edges, color=color,
                      alpha=0.6, label=names[channel])  # fmt: skip
        axes.axvline(0, color=SOFT, lw=1)
        for mean in batch_statistics(values)[0]:
            axes.axvline(mean, color=MARK, lw=1, ls=(0, (3, 2)))
        axes.set(yticks=[], xticks=[-5, 0, 5], xlim=(-8, 10))
        axes.spines["left"].set_visible(False)
        panels.append(axes)
    panels[1].legend(loc="upper right", fontsize=10, borderpad=0)
    means, variances = batch_statistics(x)
    return Picture(
        alt=say(
            "Histograms of two channels. Before, one is narrow and lies right "
            "of zero, the other is wide and lies left of it. Normalized, "
            "both lie around zero and are as wide as each other, and keep "
            "their shapes. With gamma and beta they lie around {first} and "
            "{second}."
        ).format(first=number(beta[0]), second=number(beta[1])),
        caption=say(
            "Before, the means are {means} and the variances {variances}. "
            "After, the means are 0 and the variances just below 1, because "
            "of eps; the shape of a histogram does not change, a skewed one "
            "stays skewed. Gamma and beta then choose any width and place. "
            "Dashed: the means."
        ).format(means=_pair(means), variances=_pair(variances)),
        panels=panels,
    )


def _pair(values: Any) -> str:
    first, second = (number(f"{value:.1f}") for value in values)
    return f"{first}, {second}"
