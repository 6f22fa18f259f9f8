"""Chapters of the nights: scores, a calm look, a shock, and what is done about it."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from churn.monitoring.drift import SCORE
from churn.retraining.kinds import HARMFUL
from cli.demo.making import STRONG, figures
from cli.demo.telling import Telling, Told
from cli.demo.traffic import lost

MOST_NAMED = 4
OURS_ALONE = "evidently_rows=0"
"""Evidently's report is shown once; it takes longer than all else of a look."""
PERSON_ASKS = "the shock has to be learned, whatever the trigger says"
VERDICTS = {
    "healthy": "Healthy",
    "watch": "Something moved",
    "harmed": "Harm",
    "cannot_know": "Cannot know",
}


def night(telling: Telling) -> Told:
    """Score everybody, list whom to call, look at a calm day."""
    day = telling.plot.calm
    ran = telling.runs.run("batch_inference", as_of=str(day))
    scored, exported = ran["scored"], ran["exported"]
    found = telling.runs.run("monitoring", OURS_ALONE, as_of=str(day))
    health = found["health"]
    telling.moved_before = tuple(_moved(health))
    is_whole = scored["n_rows"] == scored["n_scored"] + scored["n_quarantined"]
    telling.promise(
        "Every customer is scored by night and whom to call is handed on.",
        is_kept=is_whole and exported["n_customers"] == scored["n_listed"] > 0,
    )
    telling.promise("A calm day raises no alarm.", is_kept=not _alarms(health))
    return Told(
        day=day,
        outcome=VERDICTS[health["verdict"]],
        tone=_tone(health["verdict"], is_expected="healthy"),
        sentence=f"{scored['n_scored']:,} customers are scored, {scored['n_listed']:,} "
        f"of them are worth a call: {scored['listed_net_value_eur']:,.0f} EUR are "
        "expected of it.",
        detail=f"Monitoring: {_said(health['sentence'])}",
        facts=(
            ("Target list", f"{exported['n_customers']:,} rows as CSV and in the CRM"),
            ("Quarantined", f"{scored['n_quarantined']:,} customers"),
            *_estimates(health),
        ),
        links=(
            ("Batch report", telling.keep(ran["report"], "5-night")),
            ("Health", telling.keep(found["page"], "5-health")),
        ),
    )


def shock_without_labels(telling: Telling) -> Told:
    """The competitor is there for a month; nobody knows yet who will leave."""
    found = _looked(telling, telling.plot.unlabelled)
    health = found["health"]
    moved = [name for name in _moved(health) if name not in telling.moved_before]
    telling.promise(
        "A market shock is noticed before any label tells of it.",
        is_kept=health["verdict"] != "healthy" and bool(moved),
    )
    return Told(
        day=telling.plot.unlabelled,
        outcome=VERDICTS[health["verdict"]],
        tone=_tone(health["verdict"], is_expected="watch"),
        sentence=_said(health["sentence"]),
        detail=f"The competitor came on {telling.plot.shock}; whom it lures uses the "
        "product less. What had not moved before: "
        f"{', '.join(moved[:MOST_NAMED]) or 'nothing'}.",
        facts=(*_estimates(health), *_told_alarms(health)),
        links=(
            ("Health", telling.keep(found["page"], "6-health")),
            ("Evidently's report", telling.keep(found["evidently"], "6-evidently")),
        ),
    )


def shock_with_labels(telling: Telling) -> Told:
    """Labels of shocked customers arrive."""
    found = _looked(telling, telling.plot.labelled, OURS_ALONE)
    health, labelling = found["health"], found["labelling"]
    alarms = _alarms(health)
    telling.promise(
        "Once labels arrive, the harm of the shock is an alarm.", is_kept=bool(alarms)
    )
    return Told(
        day=telling.plot.labelled,
        outcome=VERDICTS[health["verdict"]],
        tone=_tone(health["verdict"], is_expected="harmed"),
        sentence=_said(health["sentence"]),
        detail=f"Of {labelling['n_scores']:,} scores {labelling['n_known']:,} have "
        "their outcome by now. An alarm means harm that is measured or estimated, "
        "never drift alone.",
        facts=(*_told_alarms(health), *_measured(health)),
        links=(("Health", telling.keep(found["page"], "7-health")),),
    )


def trained_again(telling: Telling) -> Told:
    """Decide, train, and take the usual road."""
    day = telling.plot.retraining
    ran = telling.runs.run("retraining", *STRONG, as_of=str(day))
    decision = ran["decision"]
    if not decision["retrain"]:
        # The story goes on; that it took a person is a promise broken.
        ran = telling.runs.run(
            "retraining", *STRONG, as_of=str(day), reason=PERSON_ASKS
        )
        decision = ran["decision"]
    training = ran["training"]
    version = training["registration"]["version"]
    n_before = len(telling.answers)
    last = telling.roll_out(version)
    answers = telling.answers[n_before:]
    is_live = telling.head.champion == version
    because = ", ".join(name.replace("_", " ") for name in decision["because"])
    telling.promise(
        "Harm leads to a retraining that goes live by the usual road.",
        is_kept=is_live and "harm" in decision["because"] and lost(answers) == 0,
    )
    return Told(
        day=day,
        outcome="Live" if is_live else "Not live",
        tone="good" if is_live else "bad",
        sentence=f"Version {version}, trained again because of {because}, is live.",
        detail=f"{_said(decision['reason'])} It passed the gates of the policy "
        f"{decision['policy']}, shadow and canary; of {len(answers):,} requests "
        f"meanwhile {lost(answers)} were lost.",
        facts=(
            *(
                (_label(rule["name"]), f"{rule['outcome']}: {rule['sentence']}")
                for rule in decision["rules"]
            ),
            *figures(training),
        ),
        links=(
            ("The decision", telling.keep(ran["page"], "8-retraining")),
            ("Training report", telling.keep(training["report"], "8-training")),
            ("Models after it", telling.keep(last["page"], "8-models")),
        ),
    )


def calm_again(telling: Telling) -> Told:
    """Look at what the new version says of the changed market."""
    day = telling.plot.after
    found = _looked(telling, day, OURS_ALONE)
    health = found["health"]
    harmful = [alarm for alarm in _alarms(health) if alarm["kind"] in HARMFUL]
    telling.promise("After it no alarm of harm stands.", is_kept=not harmful)
    return Told(
        day=day,
        outcome=VERDICTS[health["verdict"]],
        tone=_tone(health["verdict"], is_expected="healthy"),
        sentence=_said(health["sentence"]),
        detail=f"Version {health['version']} learned from the changed market. Whether "
        "it is right about it only labels can prove, and those need two months.",
        facts=(*_estimates(health), *_told_alarms(health)),
        links=(("Health", telling.keep(found["page"], "9-health")),),
    )


def _looked(telling: Telling, day: date, *settings: str) -> dict[str, Any]:
    """A night of scores and a look at them."""
    telling.runs.run("batch_inference", as_of=str(day))
    return telling.runs.run("monitoring", *settings, as_of=str(day))


def _alarms(health: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [harm for harm in health["harms"] if harm["is_alarm"]]


def _told_alarms(health: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Each alarm in its own words."""
    alarms = _alarms(health)
    if not alarms:
        return (("Alarms", "none"),)
    return tuple((_label(alarm["name"]), alarm["sentence"]) for alarm in alarms)


def _estimates(health: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What can be said of the scored without a label, beside what was promised."""
    found, reference = (
        health["estimated"][which] for which in ("confidence", "reference")
    )
    return (
        ("Estimated ROC-AUC", _beside(found["roc_auc"], reference["roc_auc"], ".3f")),
        (
            "Estimated churn rate",
            _beside(found["churn_rate"], reference["churn_rate"], ".1%"),
        ),
    )


def _measured(health: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What labels say, of matured cohorts or else of early ones."""
    found = health["measured"] or health["early"]
    if found is None:
        return ()
    figures_, reference = found["figures"], found["reference"]
    churn = (figures_.get("churn_rate"), figures_.get("expected_churn_rate"))
    return (
        (
            "ROC-AUC by labels",
            _beside(figures_.get("roc_auc"), reference.get("roc_auc"), ".3f"),
        ),
        ("Left, and expected to", " and ".join(_written(one, ".1%") for one in churn)),
    )


def _beside(found: Any, reference: Any, form: str) -> str:
    return f"{_written(found, form)}, was {_written(reference, form)}"


def _written(estimate: Any, form: str) -> str:
    """A figure with its interval, as far as there is one."""
    if estimate is None or estimate["value"] is None:
        return "unknown"
    value = format(estimate["value"], form)
    if estimate["low"] is None or estimate["high"] is None:
        return value
    return f"{value} ({estimate['low']:{form}} to {estimate['high']:{form}})"


def _moved(health: Mapping[str, Any]) -> Sequence[str]:
    """Features that drifted, the furthest first."""
    drifted = [one for one in health["drift"] if one["is_significant"]]
    drifted.sort(key=lambda one: -((one["distances"] or {}).get("psi") or 0.0))
    return [one["name"] for one in drifted if one["name"] != SCORE]


def _tone(verdict: str, *, is_expected: str) -> Any:
    if verdict == "healthy":
        return "good" if is_expected == "healthy" else "bad"
    return "unsure" if verdict in ("watch", "cannot_know") else "bad"


def _said(sentence: str) -> str:
    whole = sentence[:1].upper() + sentence[1:]
    return whole if whole.endswith(".") else f"{whole}."


def _label(name: str) -> str:
    return name.replace("_", " ").replace(":", ", ").capitalize()
