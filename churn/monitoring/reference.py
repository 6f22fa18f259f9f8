"""What later days are compared with: all of it travels in the bundle."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from churn.monitoring.documents import GRID, read_scores
from churn.monitoring.scores import ScoreCounts
from churn.profiles import Profile
from churn.scoring.bundle import Bundle
from churn.scoring.decision import Economics
from churn.scoring.inputs import InputSchema
from churn.scoring.manifest import PROFILES, parse_json

OLDER = (
    "the bundle is of a format before 3 and does not say who churned by score: without "
    "labels its performance cannot be estimated; the next training writes it down"
)
OTHER_GRID = (
    "the bundle counts its scores on another grid than this version of Holdfast: "
    "without labels its performance cannot be estimated; train again"
)


@dataclass(frozen=True, kw_only=True)
class Reference:
    """How a model's features and scores were distributed when it was made.

    Parameters
    ----------
    features : mapping of name to Profile
        Over the training window.
    score : Profile
        Of the probability over the calibration window, in bins of equal count.
    scores : ScoreCounts or None
        The same rows on the grid that all models share, with who churned and what
        contacting them brought. The calibrator was fitted on these rows.
    slices : mapping of ``<name>=<group>`` to ScoreCounts, or None
        The same for the groups of that window.
    n_training_customers, n_calibration_customers : int
        Distinct ones of the two windows: what sampling errors go by, since the rows
        of a customer depend on one another.
    inputs : InputSchema
        What training saw of each feature.
    lacks : tuple of str
        What cannot be told for want of something in the bundle, a sentence each.
    """

    bundle_sha256: str
    economics: Economics
    features: Mapping[str, Profile]
    score: Profile
    scores: ScoreCounts | None
    slices: Mapping[str, ScoreCounts] | None
    n_training_customers: int
    n_calibration_customers: int
    inputs: InputSchema
    lacks: tuple[str, ...]

    @classmethod
    def of(cls, bundle: Bundle) -> Self:
        """The reference in a verified bundle of any format."""
        profiles = parse_json(PROFILES, bundle.files)
        is_known = profiles.get("grid") == GRID
        features = {name: _profile(p) for name, p in profiles["features"].items()}
        score = _profile(profiles["score"])
        return cls(
            bundle_sha256=bundle.bundle_sha256,
            economics=bundle.economics,
            features=features,
            score=score,
            scores=read_scores(profiles["scores"]) if is_known else None,
            slices=_slices(profiles["slices"]) if is_known else None,
            n_training_customers=_customers(bundle, "train"),
            n_calibration_customers=_customers(bundle, "calibration"),
            inputs=bundle.inputs,
            lacks=_lacks(profiles),
        )


def _profile(document: Mapping[str, Any]) -> Profile:
    return Profile(**{field.name: document[field.name] for field in fields(Profile)})


def _slices(documents: Mapping[str, Any]) -> dict[str, ScoreCounts]:
    return {name: read_scores(document) for name, document in documents.items()}


def _customers(bundle: Bundle, window: str) -> int:
    """Distinct ones; none of an older bundle that does not say, so nothing is sure."""
    try:
        return int(bundle.manifest["windows"][window]["n_customers"])
    except (LookupError, TypeError, ValueError):
        return 0


def _lacks(profiles: Mapping[str, Any]) -> tuple[str, ...]:
    if "grid" not in profiles:
        return (OLDER,)
    return () if profiles["grid"] == GRID else (OTHER_GRID,)
