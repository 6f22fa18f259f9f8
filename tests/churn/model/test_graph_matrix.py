import numpy as np
import pytest

from churn.features.declarations import Feature
from churn.model.calibration import UNCALIBRATED
from churn.model.candidates import candidate, fit_candidate
from churn.model.columns import to_columns, to_table
from churn.model.export import export
from churn.model.spaces import KINDS
from churn.scoring.session import graph_session, run_graph
from tests.snapshot_rows import FEATURES, PLAN, SMALL, rows, strangers


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("taken", [FEATURES, FEATURES[:3], FEATURES[3:]])
def test_the_graph_makes_the_matrix_that_the_pipeline_makes(
    kind: str, taken: tuple[Feature, ...]
) -> None:
    pipeline = candidate(kind, SMALL[kind], taken, PLAN)
    fit_candidate(pipeline, rows(200, seed=1), taken, PLAN)
    later = strangers(100, seed=2)
    session = graph_session(
        export(kind, pipeline, taken, UNCALIBRATED).graph, threads=1
    )

    matrix = run_graph(session, "matrix", to_columns(later, taken))

    expected = pipeline["prepare"].transform(to_table(later, taken))
    np.testing.assert_allclose(matrix, expected, rtol=1e-6, atol=1e-6)


def test_log1p_is_in_the_graph_and_below_zero_counts_as_zero() -> None:
    tenure = Feature(name="tenure_days", unit="days", meaning="Tenure.", log1p=True)
    pipeline = candidate("logistic_regression", {"C": 1.0}, [tenure], PLAN)
    fit_candidate(pipeline, rows(100, seed=1), [tenure], PLAN)
    exported = export("logistic_regression", pipeline, [tenure], UNCALIBRATED)

    raw = np.array([0.0, np.e - 1, -5.0], dtype=np.float32)
    matrix = run_graph(
        graph_session(exported.graph, threads=1), "matrix", {"tenure_days": raw}
    )

    scale = pipeline["prepare"].named_transformers_["numbers"]["scale"]
    unscaled = matrix[:, 1] * scale.scale_[1] + scale.mean_[1]
    np.testing.assert_allclose(unscaled, [0.0, 1.0, 0.0], atol=1e-5)
    assert [c.name for c in exported.columns] == ["tenure_days", "log1p(tenure_days)"]


def test_each_column_names_its_raw_feature() -> None:
    pipeline = candidate("logistic_regression", {"C": 1.0}, FEATURES, PLAN)
    fit_candidate(pipeline, rows(200, seed=1), FEATURES, PLAN)

    columns = export("logistic_regression", pipeline, FEATURES, UNCALIBRATED).columns

    assert [(c.name, c.feature) for c in columns] == [
        ("tenure_days", "tenure_days"),
        ("spend_cents", "spend_cents"),
        ("visits", "visits"),
        ("spend_cents is missing", "spend_cents"),
        ("visits is missing", "visits"),
        ("log1p(tenure_days)", "tenure_days"),
        ("plan=basic", "plan"),
        ("plan=größer", "plan"),
        ("plan=plus", "plan"),
        ("region=", "region"),
        ("region=north", "region"),
        ("region=south", "region"),
    ]
