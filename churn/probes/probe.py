"""All probes of one version."""

from dataclasses import dataclass

import polars as pl

from churn.dataset import Dataset
from churn.evaluation.observations import Observations, Speed
from churn.evaluation.scorecard import LeakReport
from churn.model.columns import to_columns
from churn.model.recipe import Recipe
from churn.probes.behaviour import expected_of, try_expectations
from churn.probes.input_schema import input_schema
from churn.probes.plan import ProbePlan
from churn.probes.reseeding import reseeded_scores
from churn.probes.speed import Clock, time_calls
from churn.scoring.bundle import Bundle
from churn.splits import Split


@dataclass(frozen=True)
class Probed:
    """What was seen.

    Parameters
    ----------
    behaviour : DataFrame of ``evidence.BEHAVIOUR``
    reseeded : DataFrame of a column per seed, in the order of the test rows
    """

    observations: Observations
    behaviour: pl.DataFrame
    reseeded: pl.DataFrame


def probe_version(  # noqa: PLR0913 (each is an artifact or a setting of its own)
    dataset: Dataset,
    split: Split,
    recipe: Recipe,
    challenger: Bundle,
    champion: Bundle | None,
    leaks: LeakReport,
    plan: ProbePlan,
    *,
    signed_by: str | None,
    clock: Clock,
) -> Probed:
    """Prod a version that was just fitted.

    Parameters
    ----------
    recipe : Recipe
        What the challenger was made by.
    champion : Bundle or None
        The version in production; None: nothing to be timed against.
    leaks : LeakReport
        What the leak probes saw.
    signed_by : str or None
        Fingerprint of the trusted key that signed the challenger.
    clock : callable
        Seconds from any origin.
    """
    observations = Observations(
        leaks=leaks,
        expectations=expected_of(dataset),
        speed=_speed(dataset, split, challenger, champion, plan, clock),
        schema=input_schema(dataset, challenger, champion),
        approvals=(),
        signed_by=signed_by,
    )
    behaviour = try_expectations(
        dataset,
        challenger,
        split.test,
        most_customers=plan.behaviour_customers,
        seed=plan.seed,
    )
    reseeded = reseeded_scores(split, recipe, reseeds=plan.reseeds)
    return Probed(observations, behaviour, reseeded)


def _speed(
    dataset: Dataset,
    split: Split,
    challenger: Bundle,
    champion: Bundle | None,
    plan: ProbePlan,
    clock: Clock,
) -> Speed | None:
    if champion is None:
        return None
    used = {*challenger.feature_names, *champion.feature_names}
    features = [feature for feature in dataset.features if feature.name in used]
    columns = to_columns(split.test.head(plan.timed_calls), features)
    return time_calls(
        challenger, champion, columns, n_calls=plan.timed_calls, clock=clock
    )
