import pytest

from churn.gates.kinds import KINDS, resamples
from tests.churn.gates.checks import check
from tests.churn.gates.figures import answered
from tests.evidences import evidence

TEXTS = {"slice": "plan", "group": "basic", "looks": "many", "stage": "staging"}


def asked(kind, **changes):
    """A check of a kind with every number and text it can have."""
    spec = KINDS[kind]
    numbers = {key: 0.5 for key in spec.numbers if key not in spec.optional}
    fields = {
        "metric": "roc_auc" if "metric" in spec.takes else None,
        "metrics": ("roc_auc",) if "metrics" in spec.takes else (),
        "opponents": ("majority",) if "opponents" in spec.takes else (),
        "texts": {key: TEXTS[key] for key in spec.texts},
        "undecided": "passes",
    }
    return check(kind, **fields | numbers | changes)


NOBODY_CHURNED = evidence(60, churn_rate=1e-9, champion_auc=0.85)
CONSENT = {"signature": "failed", "human_approval": "undecided"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_an_answer_where_nobody_churned(kind):
    found = answered(asked(kind), NOBODY_CHURNED)

    assert found.outcome in ("skipped", "undecided", CONSENT.get(kind))
    assert found.is_undefined is (found.outcome == "undecided")
    assert found.sentence


@pytest.mark.parametrize("by", ["value", "interval"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_check_needs_no_more_than_it_asks_to_be_measured(kind, by):
    found = answered(asked(kind, by=by), evidence(200, champion_auc=0.8))

    assert found.sentence


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (asked("floor"), True),
        (asked("floor", by="value"), False),
        (asked("beats_champion"), False),
        (asked("beats_champion", texts={"looks": "once"}), False),
        (asked("beats_champion", metric="f1", texts={"looks": "once"}), True),
        (asked("beats_champion", metric="f1", by="value"), False),
        (asked("nowhere_worse"), False),
        (asked("nowhere_worse", metrics=("roc_auc", "brier")), True),
        (asked("signature"), False),
    ],
    ids=lambda found: getattr(found, "kind", found),
)
def test_only_what_needs_a_bootstrap_says_so(found, expected):
    assert resamples(found) is expected
