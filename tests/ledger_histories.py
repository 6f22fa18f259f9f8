"""Made-up histories of a model, in a real ledger."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from churn.content import content_hash
from churn.evaluation.evidence import Evidence
from churn.evaluation.evidence_files import evidence_files
from churn.gates.decide import decide
from churn.gates.policy import parse_policy
from churn.scoring.bundle import Bundle
from registry.event import Event, Kind, Lineage
from registry.ledger import Ledger
from tests.scorecards import APPROVED, REFUSED, figures

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
MODEL = "churn-subscriptions"
PLAN = {
    "name": "small",
    "description": "A day and ten customers in either phase.",
    "false_rollback_rate": 0.02,
    "phases": [
        {
            "phase": "shadow",
            "weight": 0,
            "min_hours": 24,
            "min_customers": 10,
            "checks": [
                {
                    "name": "stays_near",
                    "kind": "score_shift",
                    "bound": 0.1,
                    "error_rate": 0.005,
                    "undecided": "passes",
                }
            ],
        },
        {
            "phase": "canary",
            "weight": 0.25,
            "min_hours": 24,
            "min_customers": 10,
            "checks": [],
        },
    ],
}
"""A rollout policy."""


def plain(record: object) -> Any:
    """A record as JSON has it."""
    return msgspec.json.decode(msgspec.json.encode(record))


def lineage(version: int) -> Lineage:
    """Where a made-up version came from; of its address there is nothing."""
    return Lineage(
        bundle_uri=f"/bundles/{version}",
        bundle_sha256=f"{version:064x}",
        data_sha256=f"{version // 2:064x}",
        configuration_sha256="c" * 64,
        git_commit="a" * 40,
        run=f"training-{version}",
    )


class History:
    """Events of one model, an hour apart."""

    def __init__(self, model: str = MODEL) -> None:
        """Begin with nothing."""
        self.model = model
        self.events: list[Event] = []
        self.lineages: dict[int, Lineage] = {}

    def add(
        self,
        kind: Kind,
        version: int,
        evidence: Mapping[str, Any] | None = None,
        **told: Any,
    ) -> "History":
        """Add one event of any kind."""
        n = len(self.events) + 1
        known = {
            "model": self.model,
            "sequence": n,
            "kind": kind,
            "version": str(version),
            "version_id": f"id-{version}",
            "at": START + timedelta(hours=n),
            "actor": "trainer",
            "reason": f"{kind} {version}",
            "lineage": self.lineages.get(version, lineage(version)),
            "evidence": dict(evidence or {}),
        }
        self.events.append(Event(**(known | told)))
        return self

    def trained(
        self,
        version: int,
        then: Kind | None,
        *,
        share: float = 1.0,
        against: int | None = None,
        **more: Mapping[str, Any],
    ) -> "History":
        """Add what a training writes; ``then`` says what came of it, None: refused.

        ``more`` adds to the evidence of an event, by its kind.
        """
        decision = REFUSED if then is None else APPROVED
        compared = None if against is None else str(against)
        told: dict[Kind, Mapping[str, Any]] = {
            "registered": {
                "kind": "xgboost",
                "features": ["tenure_days", "failed_payments_90d"],
                "parameters": {"max_depth": version},
            },
            "evaluated": {"figures": plain(figures(share)), "compared_with": compared},
            "decided": {
                "decision": plain(decision),
                "policy": {"checks": []},
                "bounds": {},
                "stage": "staging",
            },
        }
        for kind, evidence in told.items():
            self.add(kind, version, {**evidence, **more.get(kind, {})})
        decided = self.events[-1].evidence["decision"]
        self.events[-1] = replace(self.events[-1], reason=decided["reason"])
        if then is not None:
            self.add(then, version, {"compared_with": compared, "decision": decided})
        return self

    def write(self, url: str) -> tuple[Event, ...]:
        """Append all of it to the ledger at an address."""
        ledger = Ledger(url)
        try:
            return ledger.append(*self.events)
        finally:
            ledger.close()


def usual(model: str = MODEL) -> History:
    """1 went live, 2 replaced it, 3 was refused, 4 is in rollout, 5 waits."""
    better = {"from": "1", "override": False}
    return (
        History(model)
        .trained(1, "promoted", share=0.9)
        .trained(2, "staged", share=0.95, against=1)
        .add("approved", 2, actor="bo")
        .add("promoted", 2, better, actor="ada", reason="worth it")
        .trained(3, None, share=0.5, against=2)
        .trained(4, "staged", against=2)
        .trained(5, "waiting", against=2)
    )


def in_rollout(phase: str, *, weight: float = 0.0, model: str = MODEL) -> History:
    """The usual history, whose version 4 has come to a phase of its rollout."""
    begun = {
        "to": "shadow",
        "weight": 0.0,
        "plan": PLAN,
        "decision": plain(APPROVED),
        "approvers": [],
        "compared_with": "2",
    }
    history = usual(model).add("rollout", 4, begun)
    if phase == "canary":
        told = {"to": "canary", "weight": weight, "compared_with": "2"}
        history.add("rollout", 4, told)
    return history


def stored_evidence(evidence: Evidence, folder: Path) -> dict[str, str]:
    """Write evidence as a training does; what its event says of it."""
    files = evidence_files(evidence)
    write_files(files, folder)
    return {"evidence_uri": str(folder), "evidence_sha256": content_hash(files)}


def decided_by(policy: Mapping[str, Any], evidence: Evidence) -> dict[str, Any]:
    """What the event of a decision holds."""
    decision = decide(parse_policy(policy, {}), evidence)
    return {
        "decision": plain(decision),
        "policy": dict(policy),
        "bounds": {},
        "stage": "staging",
    }


def stored_bundle(bundle: Bundle, folder: Path) -> Lineage:
    """Write a bundle as a training does; the lineage of its version."""
    write_files(bundle.files, folder)
    return Lineage(bundle_uri=str(folder), bundle_sha256=bundle.bundle_sha256)


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a new folder."""
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
