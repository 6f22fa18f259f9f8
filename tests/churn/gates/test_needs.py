import pytest

from churn.evaluation.asked import Asked
from churn.gates.kinds import KINDS
from tests.churn.gates.checks import check

RANKING, ERRORS = frozenset({"ranking"}), frozenset({"errors"})
DECISION, NOTHING = frozenset({"decision"}), frozenset()
AT_CONTACT_RATE = frozenset({"at_contact_rate"})


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (check("floor", metric="roc_auc"), Asked(model=RANKING, resampled=True)),
        (check("ceiling", metric="brier", by="value"), Asked(model=ERRORS)),
        (
            check("calibration", by="value"),
            Asked(model=ERRORS | {"line"}),
        ),
        (
            check("beats", metric="log_loss", opponents=("majority",)),
            Asked(model=ERRORS, rivals={"majority": ERRORS}, resampled=True),
        ),
        (
            check("high_value_share", by="value"),
            Asked(
                model=DECISION,
                rivals=dict.fromkeys(
                    ("majority", "best_rule", "logistic", "oracle"), AT_CONTACT_RATE
                ),
            ),
        ),
        (
            check("suspiciously_good", by="value"),
            Asked(model=RANKING, rivals={"oracle": RANKING}),
        ),
        (check("slices", metric="brier", by="value"), Asked(slices=ERRORS)),
        (check("group_recall", by="value"), Asked(slices=DECISION)),
        (
            check("beats_champion", metric="brier", by="value"),
            Asked(model=ERRORS, rivals={"champion": ERRORS}),
        ),
        (
            check("beats_champion", metric="brier", texts={"looks": "many"}),
            Asked(rivals={"champion": NOTHING}),
        ),
        (
            check("nowhere_worse", metrics=("roc_auc",)),
            Asked(slices=RANKING, rivals={"champion": NOTHING}),
        ),
        (check("signature"), Asked()),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_a_check_asks_for_what_it_reads(asked, expected):
    assert KINDS[asked.kind].needs(asked) == expected
