from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from churn.evaluation.evidence import Evidence
from churn.evaluation.observations import NOTHING_OBSERVED, InputSchema, Speed
from churn.evaluation.scorecard import Estimate
from churn.gates.probes import misfits, slowdown
from tests.churn.gates.checks import check
from tests.churn.gates.figures import answered
from tests.evidences import evidence


def with_scores(**columns: Any) -> Evidence:
    """Evidence whose model also scored with other seeds."""
    plain = evidence()
    rows = plain.rows.with_columns(pl.Series(n, c) for n, c in columns.items())
    return evidence(rows=rows)


def jittered(spread: float, *, seed: int) -> np.ndarray:
    scores = evidence().rows["challenger"].to_numpy()
    noise = np.random.default_rng(seed).normal(0, spread, scores.size)
    return np.clip(scores + noise, 0.0, 1.0)


def auc(is_churn: np.ndarray, scores: np.ndarray) -> float:
    """By its definition: the share of pairs in the right order."""
    above = scores[is_churn][:, None] - scores[~is_churn][None, :]
    return float(((above > 0) + 0.5 * (above == 0)).mean())


def test_the_largest_difference_in_auc_is_held_against_the_bound() -> None:
    near, far = jittered(0.01, seed=1), jittered(0.2, seed=2)
    case = with_scores(reseeded__1=near, reseeded__2=far)
    rows = case.rows
    churned = rows["is_churn"].to_numpy()
    gain = auc(churned, rows["challenger"].to_numpy()) - auc(churned, far)

    found = answered(check("stability", bound=0.01), case)

    assert found.observed is not None
    assert found.observed.value == pytest.approx(gain)
    assert found.outcome == "failed"
    assert "the most different of 2" in found.sentence


@pytest.mark.parametrize(
    ("bound", "by", "outcome"),
    [
        (0.05, "interval", "passed"),
        (1e-4, "interval", "undecided"),
        (0.05, "value", "passed"),
        (1e-9, "value", "failed"),
    ],
)
def test_the_interval_has_to_lie_within_the_bound_on_either_side(
    bound: float, by: Any, outcome: str
) -> None:
    case = with_scores(reseeded__1=jittered(0.01, seed=1))

    assert answered(check("stability", by=by, bound=bound), case).outcome == outcome


def test_a_worse_seed_fails_as_a_better_one_does() -> None:
    poor = jittered(0.3, seed=3)
    plain = evidence()
    swapped = plain.rows.with_columns(
        reseeded__1=plain.rows["challenger"], challenger=pl.Series(poor)
    )
    lucky = with_scores(reseeded__1=poor)
    unlucky = evidence(rows=swapped)

    found = [answered(check("stability", bound=0.01), c) for c in (lucky, unlucky)]

    assert [f.outcome for f in found] == ["failed", "failed"]
    gains = [f.observed.value for f in found]
    assert gains[0] == pytest.approx(-gains[1])


def test_the_most_different_seed_may_be_a_better_one() -> None:
    plain = evidence()
    rows = plain.rows.with_columns(
        reseeded__1=pl.col("challenger"),
        reseeded__2=pl.Series(jittered(0.3, seed=4)),
        challenger=pl.Series(jittered(0.3, seed=3)),
    )

    found = answered(check("stability", bound=1.0), evidence(rows=rows))

    assert found.outcome == "passed"
    assert found.metric == "roc_auc"
    assert found.observed.value < -0.1


def test_a_recipe_that_does_not_depend_on_the_seed_passes_and_says_so() -> None:
    same = evidence().rows["challenger"].to_numpy()

    found = answered(
        check("stability", bound=0.0), with_scores(reseeded__1=same, reseeded__2=same)
    )

    assert found.outcome == "passed"
    assert found.sentence == "scores the same with 2 other seeds"


def test_with_one_class_nothing_can_be_said_of_other_seeds() -> None:
    rows = evidence().rows.with_columns(
        is_churn=pl.lit(value=False), reseeded__1=pl.col("challenger")
    )

    found = answered(check("stability", bound=0.01), evidence(rows=rows))

    assert found.outcome == "undecided"
    assert found.is_undefined


def test_without_other_seeds_stability_is_skipped() -> None:
    assert answered(check("stability", bound=0.01), with_scores()).outcome == "skipped"


def observing(**seen: Any) -> Evidence:
    return evidence(observations=replace(NOTHING_OBSERVED, **seen))


def timed(challenger: list[float], champion: list[float], **sizes: int) -> Evidence:
    weights = {"challenger_bytes": 100, "champion_bytes": 100} | sizes
    seen = Speed(tuple(challenger), tuple(champion), **weights)
    return observing(speed=seen)


def test_the_ratio_of_medians_is_held_against_the_ceiling() -> None:
    case = timed([3.0] * 50 + [5.0] * 51, [2.0] * 101)

    found = answered(check("speed", ceiling=2), case)

    assert found.observed is not None
    assert (found.observed.value, found.observed.n) == (2.5, 101)
    assert found.outcome == "undecided"


@pytest.mark.parametrize(
    ("ceiling", "outcome"), [(1.9, "failed"), (2.0, "passed"), (2.1, "passed")]
)
def test_steady_calls_leave_no_doubt(ceiling: float, outcome: str) -> None:
    case = timed([2.0] * 30, [1.0] * 30)

    assert answered(check("speed", ceiling=ceiling), case).outcome == outcome


def test_what_slows_both_slows_neither_down() -> None:
    pace = np.random.default_rng(1).lognormal(0, 1, 300)
    both = Speed(tuple(1.5 * pace), tuple(pace), 1, 1)

    found = slowdown(both, resamples=200, seed=1)

    assert (found.value, found.low, found.high) == pytest.approx((1.5, 1.5, 1.5))


def test_the_interval_of_a_ratio_holds_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(2)
    truth, hits = 1.2, 0
    for _ in range(200):
        own, other = rng.lognormal(0, 0.3, (2, 100))
        drawn = Speed(tuple(truth * own), tuple(other), 1, 1)
        found = slowdown(drawn, resamples=200, seed=1)
        hits += (found.low or 0.0) <= truth <= (found.high or 0.0)

    # 95 % of 200, give or take three standard errors.
    assert 180 <= hits <= 200


@pytest.mark.parametrize("champion", [[], [0.0, 0.0]])
def test_a_clock_too_coarse_to_tell_leaves_speed_undefined(
    champion: list[float],
) -> None:
    found = answered(check("speed", ceiling=2), timed([1.0] * len(champion), champion))

    assert found.outcome == "undecided"
    assert found.is_undefined


@pytest.mark.parametrize(
    ("own", "outcome"), [(200, "passed"), (201, "failed"), (20, "passed")]
)
def test_the_bundle_may_weigh_so_many_times_the_champions(
    own: int, outcome: str
) -> None:
    case = timed([1.0], [1.0], challenger_bytes=own)

    found = answered(check("size", ceiling=2), case)

    assert found.outcome == outcome
    assert found.observed == Estimate(own / 100, own / 100, own / 100, 1)


@pytest.mark.parametrize("kind", ["speed", "size"])
def test_without_a_champion_there_is_nothing_to_beat(kind: str) -> None:
    found = answered(check(kind, ceiling=2), evidence())

    assert found.outcome == "skipped"


NUMBERS = {"age": "number", "plan": "category"}


@pytest.mark.parametrize(
    ("needed", "served", "champion", "wrong"),
    [
        (NUMBERS, NUMBERS, {}, []),
        (NUMBERS, NUMBERS | {"more": "number"}, NUMBERS, []),
        (NUMBERS, {"age": "number"}, {}, ["plan (not served)"]),
        (
            NUMBERS,
            NUMBERS | {"plan": "number"},
            {},
            ["plan (read as a category, served as a number)"],
        ),
        (
            NUMBERS,
            NUMBERS,
            {"age": "category", "gone": "number"},
            ["age (read as a number, by the champion as a category)"],
        ),
    ],
)
def test_each_feature_is_served_as_it_is_read(
    needed: Any, served: Any, champion: Any, wrong: list[str]
) -> None:
    seen = InputSchema(needed, served, champion)
    case = observing(schema=seen)

    found = answered(check("schema"), case)

    assert misfits(seen) == wrong
    assert found.outcome == ("failed" if wrong else "passed")
    assert all(text in found.sentence for text in wrong)


def test_of_many_misfits_some_are_named() -> None:
    needed = {f"f{i}": "number" for i in range(8)}
    seen = InputSchema(needed, {}, {})

    found = answered(check("schema"), observing(schema=seen))

    assert found.sentence.endswith("f4 (not served) and 3 more")
    assert found.observed == Estimate(8.0, None, None, 8)


def test_an_unseen_schema_is_skipped() -> None:
    assert answered(check("schema"), evidence()).outcome == "skipped"
