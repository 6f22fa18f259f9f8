from dataclasses import replace

import polars as pl
import pytest

from churn.evaluation.evidence import BEHAVIOUR, Evidence
from churn.evaluation.observations import NOTHING_OBSERVED, Expected
from churn.gates.behaviour import broken_shares
from tests.churn.gates.checks import check
from tests.churn.gates.figures import answered
from tests.evidences import evidence

FALLS = Expected("never_falls", "A failed payment does not make leaving less likely.")
RISES = Expected("never_rises", "Staying does not make leaving likelier.")
STILL = Expected("never_moves", "Gender does not move the score.")
LIMITS = {"tolerance": 0.02, "ceiling": 0.05}


def rows(name: str, *moves: tuple[int, float]) -> pl.DataFrame:
    """Customers whose score of 0.5 moves by so much."""
    return pl.DataFrame(
        {
            "expectation": [name] * len(moves),
            "customer": [customer for customer, _ in moves],
            "before": [0.5] * len(moves),
            "after": [0.5 + move for _, move in moves],
        },
        schema=BEHAVIOUR,
    )


def moved(name: str, *, by: float, n: int, of: int) -> pl.DataFrame:
    """``n`` of so many customers move."""
    return rows(name, *((i, by if i < n else 0.0) for i in range(of)))


def case(expected: dict[str, Expected], *tried: pl.DataFrame) -> Evidence:
    return evidence(
        behaviour=pl.concat([rows("none"), *tried]),
        observations=replace(NOTHING_OBSERVED, expectations=expected),
    )


@pytest.mark.parametrize(
    ("direction", "move", "breaks"),
    [
        (FALLS, -0.021, True),
        (FALLS, -0.019, False),
        (FALLS, 0.4, False),
        (RISES, 0.021, True),
        (RISES, 0.019, False),
        (RISES, -0.4, False),
        (STILL, 0.021, True),
        (STILL, -0.021, True),
        (STILL, 0.019, False),
    ],
)
def test_a_score_that_moves_the_wrong_way_by_more_than_the_tolerance_breaks(
    direction: Expected, move: float, breaks: bool
) -> None:
    shares = broken_shares({"e": direction}, rows("e", (1, move)), 0.02)

    assert shares["e"].value == float(breaks)


def test_the_share_is_of_customers_with_wilsons_interval() -> None:
    # One of four customers breaks it, with the second of its two rows.
    tried = rows("e", (1, 0.0), (1, -0.1), (2, 0.0), (3, 0.0), (4, 0.1))

    share = broken_shares({"e": FALLS}, tried, 0.02)["e"]

    # (p + z²/2n ± z sqrt(p(1 - p)/n + z²/4n²)) / (1 + z²/n) with z = 1.96, by hand.
    assert (share.value, share.n) == (0.25, 4)
    assert (share.low, share.high) == pytest.approx((0.0456, 0.6994), abs=1e-4)


def test_others_expectations_rows_do_not_count() -> None:
    tried = pl.concat([rows("a", (1, -0.5)), rows("b", (1, 0.0))])

    assert broken_shares({"b": FALLS}, tried, 0.02)["b"].value == 0.0


@pytest.mark.parametrize(
    ("n", "of", "outcome"),
    [
        (0, 100, "passed"),  # 0 to 0.037
        (0, 50, "undecided"),  # 0 to 0.071
        (10, 100, "failed"),  # 0.055 to 0.174
        (8, 100, "undecided"),  # 0.041 to 0.150
    ],
)
def test_the_whole_interval_has_to_lie_below_the_ceiling(
    n: int, of: int, outcome: str
) -> None:
    found = answered(
        check("behaviour", **LIMITS),
        case({"e": FALLS}, moved("e", by=-0.1, n=n, of=of)),
    )

    assert found.outcome == outcome
    assert found.bound == 0.05
    assert found.observed is not None
    assert found.observed.n == of


def test_by_the_value_the_share_alone_counts() -> None:
    tried = case({"e": FALLS}, moved("e", by=-0.1, n=1, of=20))

    found = answered(check("behaviour", by="value", **LIMITS), tried)

    assert found.outcome == "passed"


def test_one_broken_expectation_is_enough_and_is_named_with_what_was_expected() -> None:
    tried = case(
        {"good": RISES, "bad": FALLS},
        moved("good", by=-0.1, n=200, of=200),
        moved("bad", by=-0.1, n=50, of=200),
    )

    found = answered(check("behaviour", **LIMITS), tried)

    assert found.outcome == "failed"
    assert found.sentence == (
        "bad (the hardest of 2) is broken for 0.25 (0.1951 to 0.3143) of "
        "200 customers, by more than 0.02; wanted at most 0.05; expected: "
        f"{FALLS.meaning}"
    )


def test_all_that_are_broken_are_named() -> None:
    names = ("one", "two", "fine")
    tried = [moved(n, by=-0.1, n=50 * (n != "fine"), of=200) for n in names]

    found = answered(
        check("behaviour", **LIMITS), case(dict.fromkeys(names, FALLS), *tried)
    )

    assert found.sentence.startswith("broken are one, two; one (the hardest of 3) is")


def test_an_expectation_that_could_be_tried_on_nobody_is_undecided() -> None:
    tried = case({"good": RISES, "rare": FALLS}, moved("good", by=-0.1, n=200, of=200))

    found = answered(check("behaviour", **LIMITS), tried)

    assert found.outcome == "undecided"
    assert not found.is_undefined
    assert "rare (the hardest of 2) could be tried on nobody" in found.sentence


def test_a_data_set_that_expects_nothing_skips_the_check() -> None:
    found = answered(check("behaviour", **LIMITS), case({}))

    assert found.outcome == "skipped"
