import json
from typing import Any

import pytest

from churn.scoring.outcomes import COUNTS, PARTS, SUMS, check_outcomes
from tests.day_rows import bundle


def profiles() -> dict[str, Any]:
    return json.loads(bundle().files["profiles.json"])


def test_what_training_writes_is_accepted() -> None:
    check_outcomes(profiles())


@pytest.mark.parametrize("name", [*COUNTS, *SUMS, "bins"])
@pytest.mark.parametrize("value", [None, [], [0], ["x"], {}])
def test_anything_but_one_figure_a_bin_is_refused(name: str, value: object) -> None:
    damaged = profiles()
    damaged["slices"]["by_region=north"][name] = value

    with pytest.raises((LookupError, TypeError, ValueError, AttributeError)):
        check_outcomes(damaged)


@pytest.mark.parametrize("value", [-1, 1.5, True, 10**400, None])
def test_a_count_that_is_none_is_refused(value: object) -> None:
    damaged = profiles()
    damaged["scores"]["n"][0] = value

    with pytest.raises((ValueError, TypeError)):
        check_outcomes(damaged)


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 10**400, "1", True])
def test_a_sum_that_is_no_number_is_refused(value: object) -> None:
    damaged = profiles()
    damaged["scores"]["net_sum_eur"][0] = value

    with pytest.raises(ValueError, match="net_sum_eur"):
        check_outcomes(damaged)


@pytest.mark.parametrize("bins", [[-1], [128], [3, 3], [4, 2]])
def test_bins_that_are_not_the_grids_are_refused(bins: list[int]) -> None:
    damaged = profiles()
    damaged["scores"]["bins"] = bins

    with pytest.raises(ValueError, match="bins"):
        check_outcomes(damaged)


@pytest.mark.parametrize(("total", "part"), PARTS)
def test_a_part_of_more_than_the_whole_is_refused(total: str, part: str) -> None:
    damaged = profiles()
    damaged["scores"][part][0] = damaged["scores"][total][0] + 1

    with pytest.raises(ValueError, match=f"{part}: more than n"):
        check_outcomes(damaged)


@pytest.mark.parametrize(
    "grid", [None, {}, {"n_bins": 0, "most_log_odds": 8}, {"n_bins": 128}]
)
def test_a_grid_that_is_none_is_refused(grid: object) -> None:
    with pytest.raises((LookupError, TypeError, ValueError)):
        check_outcomes(profiles() | {"grid": grid})
