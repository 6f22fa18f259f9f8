"""All that decides how a bundle is made, besides the rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from churn.features.declarations import Feature
from churn.model.plan import CalibrationPlan, ModelPlan
from churn.model.search import SearchResult
from churn.scoring.decision import Economics


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What to fit, with which means, and what the bundle is told about itself.

    Parameters
    ----------
    dataset : str
        Name of the data set.
    features : tuple of Feature
        Those the model may use, in declared order.
    chosen : SearchResult
        Kind and parameters, and what they come from.
    economics : Economics
        What the decision will rest on.
    lineage : mapping of str to str
        Where the bundle comes from. ``created_at``, ``run`` and ``git_commit`` may
        differ between two equal trainings, all else may not.
    """

    dataset: str
    features: tuple[Feature, ...]
    chosen: SearchResult
    model: ModelPlan
    calibration: CalibrationPlan
    economics: Economics
    lineage: Mapping[str, str]
