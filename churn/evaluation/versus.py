"""Two bundles on the same test rows: figures of both, and paired differences."""

from collections.abc import Iterable

import polars as pl

from churn.errors import BundleError
from churn.evaluation.asked import ALL, Asked
from churn.evaluation.definitions import EvaluationPlan
from churn.evaluation.evaluate import evaluate
from churn.evaluation.evidence import (
    CHALLENGER,
    RIVAL,
    Evidence,
    customer_codes,
    no_behaviour,
    reading_order,
)
from churn.evaluation.observations import NOTHING_OBSERVED
from churn.evaluation.rivals import CHAMPION
from churn.evaluation.scorecard import Scorecard
from churn.evaluation.weighting import Floats
from churn.features.declarations import Feature
from churn.model.columns import to_columns
from churn.scoring.bundle import Bundle

FAMILIES = ALL - {"at_contact_rate"}
ASKED = Asked(model=FAMILIES, rivals={CHAMPION: FAMILIES}, resampled=True)
FACTS = ("snapshot_date", "is_churn", "customer_value")


def versus(
    test: pl.DataFrame,
    newer: Bundle,
    older: Bundle,
    features: Iterable[Feature],
    plan: EvaluationPlan,
) -> Scorecard:
    """Measure the newer bundle beside the older one, at the newer's economics.

    Parameters
    ----------
    test : polars.DataFrame
        Snapshots with ``customer_id``, the label and the features of both.

    Returns
    -------
    Scorecard
        With the older one as its only opponent, named champion.

    Raises
    ------
    BundleError
        If the rows lack a feature that one of them needs.
    """
    rows = test.select(customer_codes(test["customer_id"]), *FACTS).with_columns(
        pl.Series(CHALLENGER, _scores(test, newer, features)),
        pl.Series(RIVAL + CHAMPION, _scores(test, older, features)),
    )
    evidence = Evidence(
        rows=reading_order(rows),
        behaviour=no_behaviour(),
        observations=NOTHING_OBSERVED,
        economics=newer.economics,
        plan=plan,
        champion_version=None,
        champion_is_same_bundle=newer.bundle_sha256 == older.bundle_sha256,
        descriptions={CHAMPION: "the older version"},
    )
    return evaluate(evidence, {}, ASKED).scorecard


def _scores(test: pl.DataFrame, bundle: Bundle, features: Iterable[Feature]) -> Floats:
    known = {feature.name: feature for feature in features if feature.name in test}
    missing = [name for name in bundle.feature_names if name not in known]
    if missing:
        raise BundleError(
            f"the test rows lack {', '.join(missing)}, which the bundle "
            f"{bundle.bundle_sha256[:12]} needs"
        )
    return bundle.score(to_columns(test, [known[n] for n in bundle.feature_names]))
