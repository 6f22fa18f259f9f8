import numpy as np
import polars as pl
from scipy.special import logit

from datasets.subscriptions.definition import DATASET
from datasets.subscriptions.hazard import HIDDEN, market_log_odds, visible_log_odds
from datasets.subscriptions.state import State
from datasets.subscriptions.tables import PLANS


def state_seen_by(snapshots):
    """What drives the hazard, read from the declared features alone."""
    features = {
        name: snapshots[name].to_numpy()[:, None]
        for name in State.__dataclass_fields__
        if name in snapshots.columns and name != "plan"
    }
    return State(
        **features,
        is_annual=(snapshots["billing_period"] == "annual").to_numpy()[:, None],
        plan=snapshots["plan"].cast(pl.Enum(PLANS)).to_physical().to_numpy()[:, None],
    )


def test_the_features_say_all_that_the_hazard_sees(snapshots, default_plan):
    # Season and discontent are what remains; late arrivals blur a few rows.
    some = snapshots.filter(pl.col("snapshot_date") == pl.date(2024, 6, 29))
    truth = logit(some["churn_probability"].to_numpy())
    unexplained = truth - visible_log_odds(state_seen_by(some))[:, 0]
    levels = unexplained - np.median(unexplained)
    is_level = np.isclose(np.abs(levels), HIDDEN) | np.isclose(levels, 0)

    assert is_level.mean() > 0.98


def test_the_market_is_the_same_for_all_without_a_shock(snapshots, default_plan):
    market = market_log_odds(state_seen_by(snapshots), default_plan)

    assert np.ptp(market, axis=0).max() == 0


def test_between_25_and_40_features_are_declared():
    assert 25 <= len(DATASET.features) <= 40


def test_every_feature_tells_customers_apart(snapshots):
    for feature in DATASET.model_features:
        assert snapshots[feature.name].n_unique() > 1, feature.name


def test_every_value_is_the_yearly_price(snapshots):
    row = snapshots.row(0, named=True)

    assert row["customer_value"] == row["monthly_price_cents"] * 12 / 100


def test_no_slice_is_empty_or_everyone(snapshots):
    for name in DATASET.slices:
        shares = snapshots[f"slice__{name}"].value_counts(normalize=True)["proportion"]

        assert shares.min() > 0.02
        assert shares.max() < 0.9
