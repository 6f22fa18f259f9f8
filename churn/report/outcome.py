"""What a reader must see first: the decision, its gates, the headline figures."""

import re

from churn.evaluation.scorecard import Figures, Opponent, Scorecard
from churn.gates.decision import Decision, GateResult
from churn.report.blocks import (
    Check,
    Checks,
    Mark,
    Note,
    Prose,
    Section,
    Tile,
    Tiles,
    Verdict,
)
from churn.report.content import TrainingReport
from churn.report.formats import (
    bounds,
    capital,
    estimated,
    number,
    plural,
    readable,
    stated,
)
from churn.report.inline import whisker
from churn.report.words import (
    Metric,
    metric,
    opponent_label,
    spoken,
    stage_sentence,
)

HEADLINE = (
    "net_value_per_1000_eur",
    "high_value_recall",
    "roc_auc",
    "calibration_slope",
)
CHAMPION, ORACLE = "champion", "oracle"
GUESSING_AUC = 0.5

APPROVED = Mark("✓", "Approved", "good")
REFUSED = Mark("✕", "Refused", "bad")
OUTCOMES = {
    "passed": Mark("✓", "Passed", "good"),
    "failed": Mark("✕", "Failed", "bad"),
    "undecided": Mark("?", "Undecided", "unsure"),
    "skipped": Mark("○", "Skipped", "plain"),
}
BETTER = Mark("▲", "the model is better", "good")
WORSE = Mark("▼", "the model is worse", "bad")
ALIKE = Mark("≈", "no clear difference", "plain")


def decision_section(content: TrainingReport) -> Section:
    """Say in one sentence what was decided, then show each gate."""
    decision = content.decision
    verdict = Verdict(
        mark=APPROVED if decision.approved else REFUSED,
        sentence=stage_sentence(content.stage, content.model_version),
        detail=reason_words(decision),
        summary=worth(content.scorecard.figures),
    )
    checks = gate_checks(decision)
    return Section("Decision", (verdict, Prose(text=policy_words(decision)), checks))


def gate_checks(decision: Decision) -> Checks:
    """Show each gate of a decision, those that refuse first."""
    gates = sorted(decision.gates, key=_urgency)
    return Checks(items=tuple(_check(gate) for gate in gates))


def headline_section(card: Scorecard) -> Section:
    """Show the few figures that matter most, each beside what it must beat."""
    names = [name for name in HEADLINE if name in card.figures]
    tiles = Tiles(items=tuple(_tile(name, card) for name in names))
    return Section("At a glance", (tiles,))


def refuses(gate: GateResult) -> bool:
    """Whether this gate alone refuses the model."""
    return gate.blocks and gate.outcome != "passed"


def _urgency(gate: GateResult) -> int:
    """Gates that refuse first, undecided ones next, skipped ones last."""
    calm = {"passed": 2, "skipped": 3}
    return 0 if refuses(gate) else calm.get(gate.outcome, 1)


def worth(figures: Figures) -> str:
    """Say what acting on the model brings, as far as its figures tell.

    Examples
    --------
    >>> from churn.evaluation.scorecard import Estimate
    >>> worth({"contact_rate": Estimate(0.125, 0.1, 0.15, 800)})
    'The decision contacts 12.5% of customers.'
    >>> worth({})
    ''
    """
    parts = [
        _part("contacts {} of customers", figures, "contact_rate"),
        _part("reaches {} of the high-value churners", figures, "high_value_recall"),
        _part("is worth {} per 1,000 customers", figures, "net_value_per_1000_eur"),
    ]
    said = [part for part in parts if part]
    if not said:
        return ""
    return (
        f"The decision {', '.join(said[:-1])}{' and ' if said[1:] else ''}{said[-1]}."
    )


def advantage(opponent: Opponent, name: str) -> Mark | None:
    """Whether the model is clearly better than an opponent by one figure.

    Nobody beats the oracle, so there is nothing to say about it.

    Examples
    --------
    >>> from churn.evaluation.scorecard import Estimate
    >>> gain = Estimate(0.02, 0.01, 0.03, 500)
    >>> advantage(Opponent("champion", "", {}, {"f1": gain}), "f1").words
    'the model is better'
    """
    gain = opponent.gains.get(name)
    if opponent.name == ORACLE or gain is None or gain.low is None or gain.high is None:
        return None
    if gain.low > 0:
        return BETTER
    return WORSE if gain.high < 0 else ALIKE


def _part(pattern: str, figures: Figures, name: str) -> str:
    figure = figures.get(name)
    if figure is None or figure.value is None:
        return ""
    return pattern.format(number(figure.value, metric(name).form))


def policy_words(decision: Decision) -> str:
    """Name the policy and count the outcomes of its gates."""
    counts = ", ".join(
        f"{sum(gate.outcome == outcome for gate in decision.gates)} {outcome}"
        for outcome in OUTCOMES
        if any(gate.outcome == outcome for gate in decision.gates)
    )
    alone = "" if decision.has_champion else " There was no champion to compare with."
    gates = plural(len(decision.gates), "gate")
    return f"Policy “{decision.policy}”, {gates}: {counts or 'none'}.{alone}"


def _check(gate: GateResult) -> Check:
    form = metric(gate.metric).form if gate.metric else "score"
    return Check(
        mark=OUTCOMES[gate.outcome],
        aside=_consequence(gate),
        name=_title(gate),
        sentence=capital(spoken(gate.sentence)),
        figure=estimated(gate.observed, form) if gate.observed else "",
        against="" if gate.bound is None else f"bound {stated(gate.bound, form)}",
        plot=whisker(gate.observed, gate.bound),
    )


def _consequence(gate: GateResult) -> str:
    if gate.outcome in ("passed", "skipped"):
        return ""
    return "refuses the model" if gate.blocks else "does not refuse"


def _title(gate: GateResult) -> str:
    return readable(spoken(gate.name))


def reason_words(decision: Decision) -> str:
    """Say why, without the outcome's word again and with the gates called as below."""
    outcome = "approved: " if decision.approved else "refused: "
    titles = {gate.name: f"“{_title(gate)}”" for gate in decision.gates}
    words = decision.reason.removeprefix(outcome)
    named = re.sub(r"\w+", lambda word: titles.get(word[0], word[0]), words)
    return capital(named)


def _tile(name: str, card: Scorecard) -> Tile:
    words, figure = metric(name), card.figures[name]
    notes = tuple(_note(rival, name, words) for rival in _rivals(card, name))
    return Tile(
        label=words.label,
        value=number(figure.value, words.form),
        detail="" if figure.value is None else bounds(figure, words.form),
        notes=notes + (_lead(card) if name == "roc_auc" else ()),
    )


def _rivals(card: Scorecard, name: str) -> list[Opponent]:
    """Champion, the baseline that comes nearest to the model, and the oracle."""
    baselines = [
        (gain.value, key)
        for key, opponent in card.opponents.items()
        if key not in (CHAMPION, ORACLE)
        and (gain := opponent.gains.get(name)) is not None
        and gain.value is not None
    ]
    chosen = [CHAMPION, min(baselines)[1] if baselines else "", ORACLE]
    found = [card.opponents[key] for key in chosen if key in card.opponents]
    return [opponent for opponent in found if name in opponent.figures]


def _note(opponent: Opponent, name: str, words: Metric) -> Note:
    text = number(opponent.figures[name].value, words.form)
    return Note(opponent_label(opponent.name), text, advantage(opponent, name))


def _lead(card: Scorecard) -> tuple[Note, ...]:
    """How much of the oracle's lead over guessing the model reaches."""
    oracle = card.opponents.get(ORACLE)
    best = oracle.figures.get("roc_auc") if oracle else None
    reached = card.figures["roc_auc"].value
    if best is None or best.value is None or reached is None:
        return ()
    if best.value <= GUESSING_AUC:
        return ()
    share = (reached - GUESSING_AUC) / (best.value - GUESSING_AUC)
    return (Note("Of the oracle's lead", number(share, "share")),)
