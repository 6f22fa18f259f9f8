from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from churn.errors import BundleError, DeclarationError
from churn.model.calibration import UNCALIBRATED
from churn.model.candidates import candidate, fit_candidate
from churn.model.columns import to_columns, to_table
from churn.model.export import check_parity, export, probability_only
from churn.model.spaces import KINDS
from churn.scoring.session import graph_session, run_graph
from tests.real_data import path
from tests.snapshot_rows import FEATURES, PLAN, SMALL, rows, strangers


def scored(
    graph: bytes, frame: pl.DataFrame, output: str = "uncalibrated"
) -> np.ndarray:
    session = graph_session(graph, threads=1)
    return run_graph(session, output, to_columns(frame, FEATURES))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("imbalance", ["none", "class_weight", "smote"])
def test_the_graph_answers_as_scikit_learn(kind: str, imbalance: str) -> None:
    plan = replace(PLAN, imbalance=imbalance)
    pipeline = candidate(kind, SMALL[kind], FEATURES, plan)
    fit_candidate(pipeline, rows(300, seed=1), FEATURES, plan)
    later = strangers(500, seed=2)

    found = scored(export(kind, pipeline, FEATURES, UNCALIBRATED).graph, later)

    expected = pipeline.predict_proba(to_table(later, FEATURES))[:, 1]
    np.testing.assert_allclose(found, expected, rtol=0, atol=3e-7)


def test_values_on_a_split_point_go_the_same_way() -> None:
    # On thresholds themselves, scaled or float64 numbers would flip.
    train = rows(400, seed=1)
    pipeline = candidate("xgboost", SMALL["xgboost"], FEATURES, PLAN)
    fit_candidate(pipeline, train, FEATURES, PLAN)
    dump = pipeline["model"].get_booster().trees_to_dataframe()
    splits = dump.loc[dump["Feature"] == "f1", "Split"].to_numpy()
    frame = train.head(len(splits)).with_columns(spend_cents=pl.Series(splits))

    found = scored(export("xgboost", pipeline, FEATURES, UNCALIBRATED).graph, frame)

    expected = pipeline.predict_proba(to_table(frame, FEATURES))[:, 1]
    np.testing.assert_allclose(found, expected, rtol=0, atol=3e-7)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_alone_scores_as_among_others(kind: str) -> None:
    pipeline = candidate(kind, SMALL[kind], FEATURES, PLAN)
    frame = rows(100, seed=1)
    fit_candidate(pipeline, frame, FEATURES, PLAN)
    graph = export(kind, pipeline, FEATURES, UNCALIBRATED).graph

    alone = np.concatenate([scored(graph, frame[i]) for i in range(10)])

    np.testing.assert_allclose(alone, scored(graph, frame)[:10], rtol=0, atol=1e-15)


def test_a_forest_of_pure_leaves_stays_a_probability_in_both() -> None:
    # XGBoost sums 300 shares of 1/300 to 1.0000055.
    frame = rows(300, seed=1).with_columns(is_churn=pl.col("tenure_days") < 1000)
    params = SMALL["random_forest"] | {
        "num_parallel_tree": 300,
        "colsample_bynode": 1.0,
        "subsample": 1.0,
    }
    pipeline = candidate("random_forest", params, FEATURES, PLAN)
    fit_candidate(pipeline, frame, FEATURES, PLAN)
    graph = export("random_forest", pipeline, FEATURES, UNCALIBRATED).graph

    assert check_parity(pipeline, frame, FEATURES, scored(graph, frame)) < 1e-7
    assert pipeline.predict_proba(to_table(frame, FEATURES)).max() < 1


def test_a_graph_that_answers_otherwise_is_refused() -> None:
    frame = rows(100, seed=1)
    pipeline = candidate("xgboost", SMALL["xgboost"], FEATURES, PLAN)
    fit_candidate(pipeline, frame, FEATURES, PLAN)
    p = pipeline.predict_proba(to_table(frame, FEATURES))[:, 1].astype(np.float64)

    assert check_parity(pipeline, frame, FEATURES, p) == 0.0
    p[7] += 2e-6
    with pytest.raises(BundleError, match="found a difference of 2e-06"):
        check_parity(pipeline, frame, FEATURES, p)


def test_a_feature_named_like_an_output_is_refused() -> None:
    renamed = (replace(FEATURES[0], name="matrix"),)

    with pytest.raises(DeclarationError, match="'matrix'"):
        export(
            "xgboost", candidate("xgboost", {}, renamed, PLAN), renamed, UNCALIBRATED
        )


def test_the_graph_can_be_cut_down_to_its_probability() -> None:
    frame = rows(50, seed=1)
    pipeline = candidate("xgboost", SMALL["xgboost"], FEATURES, PLAN)
    fit_candidate(pipeline, frame, FEATURES, PLAN)
    graph = export("xgboost", pipeline, FEATURES, UNCALIBRATED).graph

    cut = probability_only(graph)

    outputs = graph_session(cut, threads=1).get_outputs()
    assert [output.name for output in outputs] == ["probability"]
    np.testing.assert_array_equal(
        scored(cut, frame, "probability"), scored(graph, frame, "probability")
    )


@pytest.mark.parametrize("kind", KINDS)
def test_parity_holds_on_real_customers(kind: str) -> None:
    raw = pl.read_csv(path("bank/BankChurners.csv"), infer_schema_length=None)
    numbers = ("Total_Trans_Amt", "Avg_Utilization_Ratio", "Credit_Limit")
    texts = ("Income_Category", "Card_Category")
    features = tuple(
        replace(FEATURES[0] if name in numbers else FEATURES[3], name=name)
        for name in numbers + texts
    )
    frame = raw.with_columns(is_churn=pl.col("Attrition_Flag") == "Attrited Customer")
    pipeline = candidate(kind, SMALL[kind], features, PLAN)
    fit_candidate(pipeline, frame, features, PLAN)
    session = graph_session(
        export(kind, pipeline, features, UNCALIBRATED).graph, threads=1
    )

    found = run_graph(session, "uncalibrated", to_columns(frame, features))

    assert check_parity(pipeline, frame, features, found) <= 1e-6
