import numpy as np
import polars as pl
import pytest

from churn.errors import SourceError
from churn.features.declarations import Feature
from churn.model.columns import churned, to_columns

AGE = Feature(name="age_days", unit="days", meaning="Age.")
PLAN = Feature(name="plan", unit="text", meaning="Plan.", kind="category")


@pytest.mark.parametrize("dtype", [pl.Int64, pl.Float64, pl.Boolean])
def test_numbers_of_any_type_become_float32_with_nan_for_null(
    dtype: pl.DataType,
) -> None:
    frame = pl.DataFrame({"age_days": pl.Series([1, 0, None]).cast(dtype)})

    age = to_columns(frame, [AGE])["age_days"]

    assert age.dtype == np.float32
    np.testing.assert_array_equal(age, [1, 0, np.nan])


def test_categories_become_text_with_empty_for_null() -> None:
    frame = pl.DataFrame({"plan": ["basic", None], "other": [1, 2]})

    columns = to_columns(frame, [PLAN])

    assert list(columns) == ["plan"]
    assert columns["plan"].tolist() == ["basic", ""]


def test_a_missing_feature_is_named() -> None:
    with pytest.raises(SourceError, match="'age_days', found the columns plan"):
        to_columns(pl.DataFrame({"plan": ["basic"]}), [AGE])


def test_the_label_is_one_for_churn() -> None:
    assert churned(pl.DataFrame({"is_churn": [True, False]})).tolist() == [1, 0]
