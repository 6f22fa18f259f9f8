"""The end of a run in a terminal: what, how good, decided how, and where to look."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from churn.batch.record import Scored
from churn.batch.target_list import Exported
from churn.report.formats import bounds, number, plural
from churn.report.words import kind_label, metric, opponent_label
from cli.hints import DATASET, STACK, Hints
from cli.monitoring_summary import monitoring_shown
from cli.outcome import (
    Backfilled,
    BatchScored,
    Deployed,
    Failure,
    Followed,
    HandedOver,
    Monitored,
    Outcome,
    Read,
    Trained,
)
from cli.tables import facts_table, gates_table

HEADLINE = (
    "roc_auc",
    "pr_auc",
    "brier",
    "ece",
    "recall",
    "precision",
    "high_value_recall",
    "top_decile_lift",
    "net_value_per_1000_eur",
)
SLOWEST = 4
WINDOWS = ("train", "calibration", "test")


def show_outcome(console: Console, outcome: Outcome, hints: Hints) -> None:
    """Print the summary; plain text where the console is not a terminal."""
    console.print()
    for part in _body(outcome, hints):
        console.print(part)
    for name, place in _places(outcome, hints).items():
        # A path or command must survive a narrow terminal, to be copied whole.
        console.print(Text.assemble((f"{name:<13}", "bold"), place), soft_wrap=True)


def _body(outcome: Outcome, hints: Hints) -> Iterator[RenderableType]:
    match outcome:
        case HandedOver():
            yield Text(outcome.message)
        case Trained():
            yield from _parts(outcome)
        case Monitored():
            yield from monitoring_shown(outcome, hints)
        case Deployed():
            yield from _rollout(outcome, hints)
        case Backfilled():
            yield from (facts_table(_data(outcome) | _dates(outcome)), Text())
        case BatchScored():
            yield from (facts_table(_data(outcome) | _scores(outcome)), Text())
        case Followed():
            yield from (facts_table(_followed(outcome)), Text())


def show_look(console: Console, outcome: Deployed, hints: Hints) -> None:
    """Print one line about a look that changed nothing."""
    told = f"{datetime.now(UTC):%H:%M:%S} UTC  {hints.whole(outcome.decision.reason)}"
    console.print(told, markup=False, highlight=False, soft_wrap=True)


def show_failure(console: Console, failure: Failure, hints: Hints) -> None:
    """Print where a run broke, why, and where its log is."""
    told = f"failed in step {failure.step}: {hints.whole(failure.cause)}"
    console.print(told, markup=False, soft_wrap=True)
    console.print(f"log: {failure.log_file}", markup=False, soft_wrap=True)


def _parts(outcome: Trained) -> Iterator[RenderableType]:
    yield facts_table(_data(outcome) | _model(outcome))
    yield Text()
    yield _figures(outcome)
    yield Text()
    yield _verdict(outcome)
    yield gates_table(outcome.decision.gates)
    yield Text()


def _data(outcome: Read) -> dict[str, str]:
    rows = ", ".join(f"{name} {n:,}" for name, n in sorted(outcome.rows.items()))
    return {
        "Data": f"{outcome.source}, as of {outcome.as_of[:16].replace('T', ' ')} UTC",
        "Rows": rows,
        "Quarantined": f"{outcome.n_quarantined:,} rows",
    }


def _dates(outcome: Backfilled) -> dict[str, str]:
    done = outcome.backfill
    return {
        "Built": _days(done.built),
        "Reused": _days(done.reused),
        "Features": f"{done.n_rows:,} rows, version {done.version}, {done.address}",
        "Online": f"{outcome.n_published:,} customers",
    }


def _scores(outcome: BatchScored) -> dict[str, str]:
    done, current = outcome.scored, outcome.current
    made = "built now" if current.is_built else "stored before, on the same data"
    features = f", features {made}" if current.address else ""
    return {
        "Customers": f"{current.n_rows:,} on {done.snapshot_date}{features}",
        "Scored": f"{done.n_scored:,} by version {done.origin.model_version}, mean "
        f"probability {done.mean_probability:.1%}",
        **({"Have left": _have_left(done)} if done.n_left else {}),
        **({"Put aside": _put_aside(done)} if done.n_quarantined else {}),
        "Targets": f"{done.n_listed:,} of {done.n_contacted:,} worth a contact, "
        f"{done.listed_net_value_eur:,.0f} EUR expected of them, with reasons for "
        f"{done.n_explained:,}",
        **_nowhere(outcome.exported),
    }


def _nowhere(exported: Exported) -> dict[str, str]:
    if exported.csv or exported.crm:
        return {}
    return {"List": "nowhere: the stack names neither exports nor crm"}


def _have_left(done: Scored) -> str:
    return f"{done.n_left:,} of them by the source's own column; not contacted"


def _stored(outcome: BatchScored) -> dict[str, str]:
    done, exported = outcome.scored, outcome.exported
    places = {
        "Scores": done.address,
        "Not scored": done.quarantine_address if done.n_quarantined else None,
        "List (CSV)": exported.csv,
        "List (CRM)": exported.crm,
    }
    return {name: place for name, place in places.items() if place}


def _put_aside(done: Scored) -> str:
    reasons = "; ".join(f"{n:,} {why}" for why, n in done.quarantined_because.items())
    return f"{done.n_quarantined:,}: {reasons}"


def _followed(outcome: Followed) -> dict[str, str]:
    repairs = "; ".join(outcome.repairs) or "nothing to repair"
    return {"Live": f"version {outcome.version}, verified", "Mirrors": repairs}


def _rollout(outcome: Deployed, hints: Hints) -> Iterator[RenderableType]:
    decision, live = outcome.decision, outcome.confirmation
    yield facts_table(
        {
            "Server": _server(outcome.server),
            "Live": live.sentence,
            **(
                {"Taken back": "the version before is live"}
                if live.is_rolled_back
                else {}
            ),
            "Mirrors": "; ".join(outcome.repairs) or "nothing to repair",
        }
    )
    yield Text()
    named = (
        "no rollout is running"
        if decision.version is None
        else f"rollout of version {decision.version}"
    )
    style = {"back": "red", "stay": "yellow"}.get(decision.to, "green")
    reason = Text(hints.whole(decision.reason))
    told = Group(Text(named, style=f"bold {style}"), reason)
    yield Panel(told, border_style=style, expand=False)
    if decision.gates:
        yield gates_table(decision.gates, is_rollout=True)
    yield Text()


def _server(url: str | None) -> str:
    if url is None:
        return "no server runs; nobody is answered"
    return f"answers at {url}/predict and keeps running"


def _days(days: Sequence[date]) -> str:
    if not days:
        return "no date"
    text = plural(len(days), "date")
    return (
        f"{text}: {days[0]}" if len(days) == 1 else f"{text}: {days[0]} to {days[-1]}"
    )


def _model(outcome: Trained) -> dict[str, str]:
    return {
        **{name.capitalize(): _window(outcome, name) for name in WINDOWS},
        "Features": f"feature table: {outcome.feature_table}",
        "Model": f"{kind_label(outcome.search.kind)}: {outcome.search.why}",
    }


def _window(outcome: Trained, name: str) -> str:
    facts = outcome.windows
    first, last = facts[f"{name}_first"], facts[f"{name}_last"]
    dates = first if first == last else f"{first} to {last}"
    n_rows, n_churners = facts[f"{name}_rows"], facts[f"{name}_churners"]
    return f"{dates}: {n_rows:,} snapshots, {n_churners / n_rows:.1%} churn"


def _figures(outcome: Trained) -> Table:
    card = outcome.scorecard
    table = Table(box=None, padding=(0, 2, 0, 0), title_justify="left")
    table.add_column("Test window")
    table.add_column("model", justify="right", style="bold")
    table.add_column("95 %", justify="right")
    for name in card.opponents:
        table.add_column(opponent_label(name), justify="right")
    for name in (name for name in HEADLINE if name in card.figures):
        words, own = metric(name), card.figures[name]
        others = [
            number(o.figures[name].value, words.form) if name in o.figures else ""
            for o in card.opponents.values()
        ]
        table.add_row(
            words.label, number(own.value, words.form), bounds(own, words.form), *others
        )
    return table


def _verdict(outcome: Trained) -> RenderableType:
    done = outcome.registration
    name = f"{done.model} version {done.version}"
    words = {
        "production": f"approved: {name} is in production",
        "staging": f"approved: {name} is in staging",
        "waiting": f"approved: {name} waits until the running rollout ends",
        "rejected": f"REFUSED: {name} is not promoted",
    }
    style = "red" if outcome.refused else "green"
    body = Group(
        Text(words[done.became], style=f"bold {style}"), outcome.decision.reason
    )
    return Panel(body, border_style=style, expand=False)


def _places(outcome: Outcome, hints: Hints) -> dict[str, str]:
    slowest = sorted(outcome.times.steps.items(), key=lambda item: -item[1])[:SLOWEST]
    spent = ", ".join(f"{name} {seconds:.0f}" for name, seconds in slowest)
    reused = len(outcome.times.reused)
    return {
        "Time": f"{outcome.times.total_seconds:.0f} s in all; {spent or 'no step'}"
        + (f"; {reused} steps reused" if reused else ""),
        **_files(outcome),
        **_next(outcome, hints),
        "Pages": f"{_dashboard(hints)} opens runs and trials in ZenML and MLflow",
    }


def _next(outcome: Outcome, hints: Hints) -> dict[str, str]:
    """What is usually typed after this, copyable."""
    if isinstance(outcome, Trained):
        return _after_training(outcome, hints)
    if isinstance(outcome, Followed):
        return {"Next": _serve(hints)}
    if not isinstance(outcome, Deployed):
        return {}
    is_usual = outcome.decision.to == "live" and outcome.confirmation.is_confirmed
    after = {"Next": _serve(hints)} if is_usual and outcome.server is None else {}
    if outcome.server is None:
        return after
    return {
        "Try it": f"{outcome.server}/docs shows how to ask the server",
        "To stop it": hints.command("server stop"),
    }


def _after_training(outcome: Trained, hints: Hints) -> dict[str, str]:
    promote = hints.command(f"models promote {outcome.registration.version}")
    words = {
        "production": _serve(hints),
        "staging": f"{hints.command('--pipeline deployment')} begins its rollout if "
        f"its policy lets it, as does {promote}",
        "waiting": f"{hints.command('rollout status')} shows the running rollout",
    }
    became = outcome.registration.became
    return {"Next": words[became]} if became in words else {}


def _serve(hints: Hints) -> str:
    is_usual = (hints.dataset, hints.stack) == (DATASET, STACK)
    command = "make serve" if is_usual else hints.command("serve")
    return f"{command} answers with it"


def _dashboard(hints: Hints) -> str:
    if hints.stack == STACK:
        return "make dashboard"
    return Hints(DATASET, hints.stack).command("dashboard")


def _files(outcome: Outcome) -> dict[str, str]:
    reported = outcome if isinstance(outcome, (Trained, BatchScored)) else None
    report = {"Report": reported.report} if reported else {}
    if isinstance(outcome, BatchScored):
        report |= _stored(outcome)
    page = (
        {"Page": outcome.page}
        if isinstance(outcome, (Followed, Deployed, Monitored))
        else {}
    )
    if isinstance(outcome, Monitored) and outcome.evidently:
        page |= {"Evidently": outcome.evidently}
    if isinstance(outcome, Read) and outcome.n_quarantined:
        return report | {"Quarantine": outcome.quarantine}
    return report | page
