from dataclasses import replace
from datetime import date

from benchmarks.monitored_years import shipped
from churn.evaluation.scorecard import Estimate
from churn.monitoring.health import Estimated, Harm
from churn.monitoring.verdict import contradicted, sentence_of, verdict_of
from tests.healths import drifted, measured

NOTHING = Estimate(None, None, None, 0)
SURE = Estimated(
    confidence={"roc_auc": Estimate(0.7, 0.69, 0.71, 9)},
    importance={},
    reference={},
    cannot_know=(),
)
DOUBTED = replace(SURE, cannot_know=("too few customers",))
HARM = Harm(
    name="matured_ranking",
    kind="matured",
    loss=Estimate(0.05, 0.04, 0.06, 9),
    tolerance=0.01,
    unit="ROC-AUC",
    error_rate=0.01,
    statistic=9.0,
    threshold=4.0,
    window_days=7,
    is_alarm=True,
    since=None,
    sentence="ROC-AUC fell",
    what_to_do="retrain",
)


def test_an_alarm_is_harm_whatever_else_is_unknown():
    assert verdict_of([HARM], DOUBTED, None, None, (), shipped()) == "harmed"
    assert sentence_of("harmed", [HARM, HARM], SURE, None, None, ()) == (
        "ROC-AUC fell (and 1 more)"
    )


def test_doubt_without_labels_is_not_knowing():
    calm = replace(HARM, is_alarm=False)

    assert verdict_of([calm], DOUBTED, None, None, (), shipped()) == "cannot_know"
    assert verdict_of([calm], SURE, None, None, (), shipped()) == "healthy"
    assert sentence_of("healthy", [calm], SURE, None, None, ()).endswith(
        "estimated at 0.700 (95%: 0.690 to 0.710), no label having matured"
    )


def test_labels_are_quoted_beside_the_estimate_early_ones_too():
    matured = measured()
    early = measured(is_corrected=True, last_day=date(2025, 5, 31))

    both = sentence_of("healthy", [], SURE, matured, early, ())
    doubted = sentence_of("cannot_know", [], DOUBTED, None, early, ())

    of_early = (
        "was 0.800 (95%: 0.760 to 0.840) by early, corrected labels until 2025-05-31"
    )
    assert both.endswith(
        "estimated at 0.700 (95%: 0.690 to 0.710), and was 0.800 (95%: 0.760 to 0.840) "
        f"by labels until 2025-03-31, and {of_early}"
    )
    assert doubted == f"nobody can know yet: too few customers; ROC-AUC {of_early}"


def test_what_is_watched_is_named():
    moved = (drifted("tenure_days", 0.0), drifted("spend_cents", 0.2))
    score = (drifted("(score)", 0.2), *moved)
    fell = measured(figures={"roc_auc": Estimate(0.6, 0.59, 0.61, 9)})

    assert verdict_of([], SURE, None, fell, (), shipped()) == "watch"
    for drift, why in (
        (moved, "spend_cents has moved; "),
        (score, "the score has moved (and 1 more); "),
        ((), "early labels show a loss of ROC-AUC; "),
    ):
        told = sentence_of("watch", [], SURE, None, fell, drift)
        assert told.startswith(f"no alarm, but {why}ROC-AUC")


def test_only_labels_of_everyone_contradict_the_scores():
    of_slice = replace(HARM, name="matured_ranking:plan=basic")
    estimated = replace(HARM, name="estimated_ranking", kind="estimated")

    assert len(list(contradicted([HARM, of_slice, estimated]))) == 1
