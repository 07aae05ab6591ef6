"""Laws of section 8: batch normalization."""

from __future__ import annotations

from functools import partial
from typing import Any

from refspec.laws.definitions import exact_answer
from refspec.laws.law import law
from refspec.laws.problems import Problem, batch_norm_problems
from refspec.laws.relations import Relation, equal


@law("8.4", decides=True, p=batch_norm_problems)
def batch_norm_equals_the_definition(batch_norm: Any, p: Problem) -> Relation:
    """The answer is that of the definition."""
    return equal(p.on(batch_norm), exact_answer("batch_norm", p))


@law("8.6", exact=True, p=partial(batch_norm_problems))
def no_channel_changes_another(batch_norm: Any, p: Problem) -> Relation:
    """Batch norm works channel by channel."""
    alone = p.on(batch_norm, x=p.x[:, :1], gamma=p.gamma[:1], beta=p.beta[:1])
    return equal(p.on(batch_norm)[:, :1], alone)
