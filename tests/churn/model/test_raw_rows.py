import numpy as np
import pandas as pd
import polars as pl
import pytest

from churn.model.calibration import UNCALIBRATED
from churn.model.candidates import candidate, fit_candidate
from churn.model.columns import to_columns
from churn.model.export import export
from churn.model.raw_rows import take_raw_rows
from churn.model.spaces import KINDS
from churn.scoring.session import graph_session, run_graph
from tests.snapshot_rows import FEATURES, PLAN, SMALL, rows, strangers

NUMBERS = tuple(feature for feature in FEATURES if feature.kind == "number")


def exported(kind, features):
    pipeline = candidate(kind, SMALL[kind], features, PLAN)
    fit_candidate(pipeline, rows(300, seed=1), features, PLAN)
    return export(kind, pipeline, features, UNCALIBRATED).graph


def names(features):
    return [feature.name for feature in features]


def scored(graph, frame, features):
    columns = to_columns(frame, features)
    return run_graph(graph_session(graph, threads=1), "probability", columns)


def scored_raw(graph, table):
    session = graph_session(graph, threads=1)
    (only,) = session.get_inputs()
    return session.run(["probability"], {only.name: table})[0]


@pytest.mark.parametrize("kind", KINDS)
def test_integers_floats_texts_and_missing_values_are_taken_as_they_are(kind):
    graph = exported(kind, FEATURES)
    frame = strangers(500, seed=2).with_columns(pl.col("tenure_days").cast(pl.Int64))
    table = frame.select(names(FEATURES)).to_pandas()

    found = scored_raw(take_raw_rows(graph, names(FEATURES)), table.to_numpy())

    assert table["tenure_days"].dtype == np.int64
    assert table["spend_cents"].hasnans
    assert None in set(table["region"])
    np.testing.assert_array_equal(found, scored(graph, frame, FEATURES))


def test_every_way_to_write_a_missing_value_is_missing():
    graph = exported("xgboost", FEATURES)
    frame = rows(4, seed=3).with_columns(spend_cents=None, region=None)
    table = frame.select(names(FEATURES)).to_pandas().astype(object)
    table["spend_cents"] = [None, float("nan"), pd.NaT, pd.NA]
    table["region"] = [None, float("nan"), pd.NaT, pd.NA]

    found = scored_raw(take_raw_rows(graph, names(FEATURES)), table.to_numpy())

    np.testing.assert_array_equal(found, scored(graph, frame, FEATURES))


def test_the_order_of_the_columns_is_the_one_asked_for():
    graph, order = exported("xgboost", FEATURES), names(FEATURES)[::-1]
    frame = strangers(100, seed=2)
    table = frame.select(order).to_pandas().to_numpy()

    found = scored_raw(take_raw_rows(graph, order), table)

    np.testing.assert_array_equal(found, scored(graph, frame, FEATURES))


def test_numbers_alone_are_a_table_of_float32():
    graph, frame = exported("xgboost", NUMBERS), strangers(100, seed=2)
    table = frame.select(names(NUMBERS)).to_numpy().astype(np.float32)

    found = scored_raw(take_raw_rows(graph, names(NUMBERS)), table)

    np.testing.assert_array_equal(found, scored(graph, frame, NUMBERS))
