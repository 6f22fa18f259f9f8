from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churn.evaluation.slices import MISSING
from churn.model.columns import to_columns
from churn.monitoring.counting import profile_day
from tests.day_rows import DAY, bundle, counted, day_rows, reference, with_groups
from tests.snapshot_rows import FEATURES, rows, strangers

KINDS = ("missing", "out_of_range", "unknown_category")


def warned(frame: pl.DataFrame) -> dict[str, int]:
    """What the server would warn of, counted row by row."""
    names = [f.name for f in FEATURES]
    asked = frame.select(names).to_dicts()
    _, warnings = bundle().inputs.columns(asked)
    said = [warning for of_row in warnings for warning in of_row]
    return {text: said.count(text) for text in said}


@settings(max_examples=25, deadline=None)
@given(n=st.integers(0, 80), seed=st.integers(0, 50), is_strange=st.booleans())
def test_what_is_unusual_is_what_the_server_would_warn_of(
    n: int, seed: int, is_strange: bool
) -> None:
    frame = (strangers if is_strange else rows)(n, seed=seed)

    quality = counted(frame).quality

    by_feature = {name: k for name, k in quality.items() if ": " in name}
    assert by_feature == warned(frame)
    for kind in KINDS:
        of_kind = [k for name, k in by_feature.items() if name.startswith(f"{kind}:")]
        assert quality[kind] == sum(of_kind)


def test_every_row_is_counted_once_in_every_feature() -> None:
    frame = strangers(90, seed=3)

    profile = counted(frame)

    assert set(profile.features) == {f.name for f in FEATURES}
    for one in (*profile.features.values(), profile.score):
        assert one.n == profile.n == 90 == sum(one.counts) + one.missing + one.other
    assert profile.features["plan"].other == 30
    assert profile.features["region"].missing == frame["region"].null_count()
    assert profile.score.counts == [
        int(k) for k in np.diff([0, *_at_most(frame, reference().score.edges), 90])
    ]


def _at_most(frame: pl.DataFrame, edges: list[float]) -> list[int]:
    p = day_rows(frame).probability
    return [sum(one <= edge for one in p) for edge in edges]


def test_a_feature_that_was_not_sent_is_missing_throughout() -> None:
    frame = rows(20, seed=1)
    columns = to_columns(frame, FEATURES)
    del columns["tenure_days"], columns["plan"]

    profile = counted(frame, columns=columns)

    assert [profile.features[n].missing for n in ("tenure_days", "plan")] == [20, 20]
    assert profile.quality["missing: tenure_days"] == 20


def test_scores_and_groups_are_those_that_were_decided_on() -> None:
    frame = with_groups(rows(100, seed=6))

    profile = counted(frame)

    asked = day_rows(frame)
    np.testing.assert_allclose(profile.scores.p_sum.sum(), asked.probability.sum())
    assert profile.scores.n_contacted.sum() == asked.is_contacted.sum()
    sizes = {name.partition("=")[2]: c.n_rows for name, c in profile.slices.items()}
    assert sizes == dict(frame["region"].fill_null(MISSING).value_counts().iter_rows())


def test_a_group_that_training_never_saw_is_another() -> None:
    frame = rows(10, seed=6)

    profile = counted(frame, slices={"by_region": ["moon"] * 10, "new": [None] * 10})

    assert {k: c.n_rows for k, c in profile.slices.items()} == {
        "by_region=(other)": 10,
        "new=(other)": 10,
    }


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 0.0])
def test_a_column_of_one_value_is_counted(value: float) -> None:
    frame = rows(5, seed=1)
    columns = to_columns(frame, FEATURES) | {"visits": np.full(5, value, np.float32)}

    visits = counted(frame, columns=columns).features["visits"]

    assert sum(visits.counts) + visits.missing == 5


def test_rare_categories_of_training_are_known_though_no_bin_is_theirs() -> None:
    known = reference()
    basic = replace(known.features["plan"], categories=["basic"], counts=[0])
    short = replace(known, features={**known.features, "plan": basic})
    frame = rows(8, seed=1).with_columns(plan=pl.Series(["plus", "new"] * 4))

    profile = profile_day(
        day_rows(frame),
        short,
        day=DAY,
        source="log",
        model="invented",
        version="3",
        key=b"",
        found={},
    )

    assert profile.features["plan"].other == 8
    assert profile.quality["unknown_category: plan"] == 4


def test_the_next_value_beyond_what_training_saw_is_out_of_range() -> None:
    seen = {f["name"]: f for f in bundle().manifest["features"]}
    names = [of.name for of in reference().inputs.numbers]
    ends = {n: np.float32([seen[n]["min"], seen[n]["max"]]) for n in names}
    frame = rows(2, seed=1)
    columns = to_columns(frame, FEATURES)
    beyond = {
        n: np.nextafter(v, np.float32([-np.inf, np.inf])) for n, v in ends.items()
    }

    within = counted(frame, columns=columns | ends).quality
    outside = counted(frame, columns=columns | beyond).quality

    assert (within["out_of_range"], outside["out_of_range"]) == (0, 2 * len(names))
