"""Chapters one to four: the first model, a leak, a worse model, a better one."""

from typing import Any

from cli.demo.leak import write_leaking_tables
from cli.demo.telling import Telling, Told
from cli.demo.traffic import Traffic, by_version, lost, write_requests

SIMPLE = ("model.kind=logistic_regression", "search=null")
SHALLOW = ("model.kind=random_forest", 'model.params={"max_depth": 1}', "search=null")
STRONG = ("model.kind=xgboost",)


def first_model(telling: Telling) -> Told:
    """Train, be live, answer."""
    plot, stage = telling.plot, telling.stage
    ran = telling.runs.run("training", *SIMPLE, as_of=str(plot.first_training))
    live = telling.runs.run("deployment")
    requests = stage.folder / "requests.jsonl"
    n_customers = write_requests(plot, requests)
    telling.traffic = Traffic.begin(str(live["server"]), requests, plot.asks_per_second)
    telling.traffic.wait_for(int(plot.asks_per_second), within_seconds=30)
    version = ran["registration"]["version"]
    telling.promise(
        "The first model that passes its gates is live and answers.",
        is_kept=telling.head.champion == version and lost(telling.answers) == 0,
    )
    return Told(
        day=plot.first_training,
        outcome="Live",
        tone="good",
        sentence=f"Version {version}, a plain logistic regression, is live.",
        detail=f"{ran['decision']['reason'].capitalize()}. A server process answers "
        f"{n_customers:,} customers, {plot.asks_per_second:g} requests a second, from "
        "now to the end.",
        facts=figures(ran),
        links=(("Training report", telling.keep(ran["report"], "1-first-model")),),
    )


def planted_leak(telling: Telling) -> Told:
    """Train on tables that know the future."""
    plot = telling.plot
    folder = telling.stage.folder / "leaking"
    n_rows = write_leaking_tables(plot, folder)
    ran = telling.runs.run(
        "training", *SIMPLE, as_of=str(plot.better_training), source=str(folder)
    )
    gate = gate_of(ran, "no_leaks")
    is_caught = gate["outcome"] == "failed" and is_refused(ran)
    telling.promise("A planted leak is caught before it is live.", is_kept=is_caught)
    return Told(
        day=plot.better_training,
        outcome="Refused" if is_caught else "Missed",
        tone="good" if is_caught else "bad",
        sentence=f"Version {ran['registration']['version']} knew the future: "
        f"{gate['sentence']}.",
        detail=f"{n_rows:,} rows were planted in the support desk's table: cases that "
        "are opened when a customer has left and booked back by 60 days, their known "
        "time too. It would have been called a fine model.",
        facts=figures(ran),
        links=(("Training report", telling.keep(ran["report"], "2-planted-leak")),),
    )


def worse_model(telling: Telling) -> Told:
    """Train a model that is too simple."""
    plot = telling.plot
    ran = telling.runs.run("training", *SHALLOW, as_of=str(plot.better_training))
    failed = [g for g in ran["decision"]["gates"] if g["outcome"] == "failed"]
    telling.promise("A worse challenger is refused.", is_kept=is_refused(ran))
    return Told(
        day=plot.better_training,
        outcome="Refused" if is_refused(ran) else "Let through",
        tone="good" if is_refused(ran) else "bad",
        sentence=f"Version {ran['registration']['version']}, a forest of stumps, "
        f"stays out: {ran['decision']['reason']}.",
        detail=" ".join(f"{gate['sentence'].capitalize()}." for gate in failed[:2]),
        facts=figures(ran),
        links=(("Training report", telling.keep(ran["report"], "3-worse-model")),),
    )


def better_model(telling: Telling) -> Told:
    """Train a better model; shadow, canary, live."""
    plot = telling.plot
    ran = telling.runs.run("training", *STRONG, as_of=str(plot.better_training))
    version = ran["registration"]["version"]
    n_before = len(telling.answers)
    last = telling.roll_out(version)
    answers = telling.answers[n_before:]
    is_live = telling.head.champion == version
    telling.promise(
        "A better model goes live through shadow and canary; no request is lost.",
        is_kept=is_live and lost(answers) == 0,
    )
    shares = ", ".join(f"version {v}: {n:,}" for v, n in by_version(answers).items())
    return Told(
        day=plot.better_training,
        outcome="Live" if is_live else "Not live",
        tone="good" if is_live else "bad",
        sentence=f"Version {version}, gradient boosting, is live: "
        f"{gate_of(ran, 'beats_champion')['sentence']}.",
        detail=f"In shadow it scored what the champion answered, as a canary it "
        f"answered a fifth of the customers. Of {len(answers):,} requests meanwhile "
        f"{lost(answers)} were lost ({shares}).",
        facts=figures(ran),
        links=(
            ("Training report", telling.keep(ran["report"], "4-better-model")),
            ("Models after it", telling.keep(last["page"], "4-models")),
        ),
    )


def is_refused(ran: dict[str, Any]) -> bool:
    """Whether the version stays out."""
    return bool(ran["registration"]["became"] == "rejected")


def gate_of(ran: dict[str, Any], name: str) -> dict[str, Any]:
    """What a gate found."""
    found: dict[str, Any] = next(
        gate for gate in ran["decision"]["gates"] if gate["name"] == name
    )
    return found


def figures(ran: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The few figures of a training that anybody asks for."""
    card = ran["scorecard"]["figures"]
    auc, net = card["roc_auc"], card["net_value_per_1000_eur"]
    return (
        ("ROC-AUC", f"{auc['value']:.3f} ({auc['low']:.3f} to {auc['high']:.3f})"),
        ("Net value", f"{net['value']:,.0f} EUR a 1,000 customers"),
        ("Decision", ran["decision"]["reason"]),
    )
