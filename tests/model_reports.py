"""Made-up pages of a model: what is live, candidates, history, a way back."""

from datetime import UTC, datetime, timedelta

from churn.report.models_content import (
    Fallback,
    Happening,
    Live,
    ModelReport,
    ModelVersion,
)
from tests.scorecards import APPROVED, REFUSED, figures

START = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)


def version(number: int, stage: str, **changed: object) -> ModelVersion:
    """A version made on the day of its number."""
    at = START + timedelta(days=number)
    known = {
        "version": str(number),
        "stage": stage,
        "since": at,
        "why": f"{stage} {number}",
        "registered_at": at,
        "kind": "xgboost",
        "decision": REFUSED if stage == "refused" else APPROVED,
        "figures": figures(0.9 + number / 10_000),
        "origin": {"bundle": f"{number:064x}", "data": "d" * 64, "commit": "c" * 40},
    }
    return ModelVersion(**(known | changed))


def happening(sequence: int, kind: str, number: int, **changed: object) -> Happening:
    """An event an hour after the one before."""
    known = {
        "sequence": sequence,
        "at": START + timedelta(hours=sequence),
        "kind": kind,
        "what": f"{kind} {number}",
        "actor": "ada",
        "reason": f"reason of event {sequence}",
        "is_override": False,
    }
    return Happening(**(known | changed))


def live(one: ModelVersion, **changed: object) -> Live:
    """A version that a person made live."""
    known = {
        "version": one,
        "since": one.since,
        "rolled_back_from": None,
        "actor": "ada",
        "reason": "a quarter better",
        "approvers": (),
        "is_override": False,
    }
    return Live(**(known | changed))


def model_report(**changed: object) -> ModelReport:
    """Version 3 is live, 5 in rollout, 6 waits, 4 was refused, 2 was live before."""
    versions = (
        version(6, "waiting"),
        version(5, "staging"),
        version(4, "refused"),
        version(3, "production"),
        version(2, "retired"),
        version(1, "archived"),
    )
    history = (
        happening(9, "waiting", 6),
        happening(8, "staged", 5),
        happening(7, "decided", 4),
        happening(6, "promoted", 3, is_override=True),
        happening(5, "evaluated", 3),
        happening(4, "rolled_back", 2, what="1 rolled back, 2 live again"),
    )
    known = {
        "model": "churn-subscriptions",
        "dataset": "subscriptions",
        "sequence": 9,
        "at": START + timedelta(hours=9),
        "live": live(versions[3]),
        "rollout": "Version 5 is in rollout: shadow since 2026-03-01 09:00 UTC.",
        "versions": versions,
        "history": history,
        "fallback": Fallback("2", "Version 2 would be live again."),
    }
    return ModelReport(**(known | changed))
