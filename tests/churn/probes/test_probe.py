from dataclasses import replace
from itertools import count

from churn.dataset import Dataset, Expectation
from churn.evaluation.scorecard import NOT_PROBED
from churn.probes.plan import ProbePlan
from churn.probes.probe import Probed, probe_version
from churn.scoring.bundle import Bundle
from tests.snapshot_rows import FEATURES, bundle, recipe, windows

PLAN = ProbePlan(behaviour_customers=50, reseeds=1, timed_calls=5, seed=1)
LONGER = Expectation(
    name="stays_longer",
    meaning="Who has stayed longer is not likelier to leave.",
    change={"tenure_days": "tenure_days + 100"},
    direction="never_rises",
)
SHOP = Dataset(
    name="shop",
    kind="table",
    tables={},
    features=FEATURES,
    customer_value="1",
    expectations=(LONGER,),
)
MODEL = bundle()
SPLIT = windows(200)


def probed(champion: Bundle | None, plan: ProbePlan = PLAN) -> Probed:
    ticks = count()
    return probe_version(
        SHOP,
        SPLIT,
        recipe("logistic_regression"),
        MODEL,
        champion,
        NOT_PROBED,
        plan,
        signed_by="key",
        clock=lambda: float(next(ticks)),
    )


def test_everything_is_observed_at_once() -> None:
    seen = probed(MODEL)

    assert list(seen.observations.expectations) == ["stays_longer"]
    assert len(seen.behaviour) > 0
    assert seen.reseeded.columns == ["reseeded__1"]
    assert len(seen.reseeded) == len(SPLIT.test)
    assert seen.observations.speed is not None
    assert seen.observations.speed.champion_seconds == (1.0,) * 5
    assert seen.observations.schema is not None
    assert seen.observations.signed_by == "key"
    assert seen.observations.approvals == ()


def test_without_a_champion_nothing_is_timed() -> None:
    assert probed(None).observations.speed is None


def test_the_same_seed_gives_the_same_rows() -> None:
    first, again = probed(None), probed(None)

    assert first.behaviour.equals(again.behaviour)
    assert first.reseeded.equals(again.reseeded)


def test_another_seed_asks_others() -> None:
    first, other = probed(None), probed(None, replace(PLAN, seed=2))

    assert not first.behaviour.equals(other.behaviour)
