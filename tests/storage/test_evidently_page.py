import re

import polars as pl
import pytest

from churn.monitoring.redraw import (
    profiles_of_reference,
    profiles_of_window,
    redrawn,
)
from storage.evidently_page import GuestError, evidently_page
from tests.day_rows import counted, reference
from tests.snapshot_rows import rows


@pytest.mark.long
def test_evidently_draws_a_page_of_its_own_that_loads_nothing() -> None:
    moved = rows(500, seed=9).with_columns(
        pl.col("tenure_days") / 8,
        visits=pl.lit(None, pl.Float64),
        plan=pl.lit("never seen"),
    )
    sides = (profiles_of_reference(reference()), profiles_of_window(counted(moved)))

    page = evidently_page(
        *(redrawn(side, reference(), n=500, seed=1) for side in sides)
    )

    assert "<body>" in page
    assert "tenure_days" in page
    assert not re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="http', page)


@pytest.mark.long
def test_a_report_that_could_not_be_made_is_told_in_one_line() -> None:
    nothing = pl.DataFrame({"x": [None]}, schema={"x": pl.Float64})
    other = pl.DataFrame({"y": [1.0]})

    with pytest.raises(GuestError, match=r"^Evidently ended with 1: [^\n]*$"):
        evidently_page(other, nothing)
