import numpy as np

from churn.model.columns import to_columns
from churn.model.golden import N_ROWS, UNSEEN, golden_columns, golden_record
from tests.snapshot_rows import FEATURES, rows

TRAIN = to_columns(rows(300, seed=1), FEATURES)


def test_values_lie_within_what_training_saw() -> None:
    golden = golden_columns(TRAIN, FEATURES, seed=0)

    for name in ("tenure_days", "spend_cents", "visits"):
        drawn = golden[name][~np.isnan(golden[name])]
        assert np.nanmin(TRAIN[name]) <= drawn.min()
        assert drawn.max() <= np.nanmax(TRAIN[name])
    assert set(golden["plan"]) <= {*TRAIN["plan"], "", UNSEEN}


def test_nobody_is_copied() -> None:
    golden = golden_columns(TRAIN, FEATURES, seed=0)

    customers = set(zip(*(TRAIN[f.name].tolist() for f in FEATURES), strict=True))
    invented = set(zip(*(golden[f.name].tolist() for f in FEATURES), strict=True))
    assert len(invented) == N_ROWS
    assert customers.isdisjoint(invented)


def test_one_row_lacks_everything_and_one_is_of_an_unseen_category() -> None:
    golden = golden_columns(TRAIN, FEATURES, seed=0)

    record = golden_record(golden, np.zeros(N_ROWS))["columns"]

    assert all(values[0] is None for values in record.values())
    assert record["plan"][1] == UNSEEN


def test_a_column_that_is_missing_throughout_stays_missing() -> None:
    empty = TRAIN | {"visits": np.full(300, np.nan, dtype=np.float32)}

    assert np.isnan(golden_columns(empty, FEATURES, seed=0)["visits"]).all()
