"""`models promote`, `approve`, `archive`: what they refuse, and what they change."""

import json
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import registry.database
from churn.errors import BundleError, ConfigError
from churn.evaluation.observations import NOTHING_OBSERVED
from churn.scoring.bundle import Bundle
from cli.models import promotion
from cli.models.place import Place
from cli.models.promotion import promoted
from registry.errors import (
    LedgerError,
    LedgerMovedError,
    RefusedError,
    UnknownVersionError,
)
from registry.event import Event
from registry.rederive import EvidenceError
from registry.rollouts import abort
from registry.transitions import Act
from storage.release import read_release
from tests.evidences import evidence
from tests.ledger_histories import (
    History,
    decided_by,
    stored_bundle,
    stored_evidence,
    usual,
)
from tests.model_commands import said, told
from tests.snapshot_rows import bundle as fitted

CHECK = {
    "name": "ranks_well",
    "kind": "floor",
    "metric": "roc_auc",
    "bound": 0.6,
    "by": "value",
    "undecided": "blocks",
    "applies": "always",
}
CONSENT = {
    "name": "two_agree",
    "kind": "human_approval",
    "stage": "production",
    "approvers": 1,
    "by": "value",
    "undecided": "blocks",
    "applies": "always",
}
SIGNED = {
    "name": "signed_by_us",
    "kind": "signature",
    "by": "value",
    "undecided": "blocks",
    "applies": "always",
}


def policy(*checks: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "small",
        "description": "For tests.",
        "promote_first": False,
        "checks": list(checks),
    }


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return fitted()


def staged(here: Place, bundle: Bundle, *checks: dict[str, Any]) -> tuple[Event, ...]:
    """Version 1 in production and version 2 in staging, with all that it rests on."""
    home = here.stack.home
    seen = replace(NOTHING_OBSERVED, signed_by="0123456789abcdef")
    found = evidence(champion_auc=0.7, observations=seen)
    history = History(here.model).trained(1, "promoted")
    history.lineages[2] = stored_bundle(bundle, here.root / home / "bundle")
    history.trained(
        2,
        "staged",
        against=1,
        evaluated=stored_evidence(found, here.root / home / "evidence"),
        decided=decided_by(policy(*checks), found),
    )
    return history.write(here.store("ledger"))


def test_a_promotion_shows_the_gates_and_begins_the_rollout(here, bundle, capsys):
    staged(here, bundle, CHECK)

    done = promoted(here, "2", "time for it", override=False, as_json=False)

    shown = capsys.readouterr().out
    assert "pass  ranks_well" in shown
    assert shown.index("ranks_well") < shown.index("rollout of version 2 begins in sha")
    (event,) = done.events
    assert (event.kind, event.actor, event.evidence["to"]) == (
        "rollout",
        "ada",
        "shadow",
    )
    assert event.evidence["decision"]["approved"]
    assert event.evidence["plan"]["name"] == "production"
    served = read_release(here.model, environ=here.stack.environment)
    assert (served.champion.version, served.challenger.version) == ("1", "2")
    assert (served.mode, served.weight) == ("shadow", 0)
    assert (served.sequence, served.ledger_hash) == (event.sequence, event.hash)


def test_another_rollout_can_be_chosen_but_not_to_skip_it(here, bundle):
    staged(here, bundle, CHECK)
    told = {"override": False, "as_json": True}

    with pytest.raises(ConfigError, match="production, has phases; `models pro"):
        promoted(here, "2", "time for it", rollout="none", **told)
    with pytest.raises(ConfigError, match="unknown rollout 'quik'.*nearest is quick"):
        promoted(here, "2", "time for it", rollout="quik", **told)
    done = promoted(here, "2", "time for it", rollout="quick", **told)

    assert done.events[0].evidence["plan"]["name"] == "quick"


def test_a_version_that_was_stopped_before_is_promoted_with_a_warning(
    here, bundle, capsys
):
    staged(here, bundle, CHECK)
    promoted(here, "2", "time for it", override=False, as_json=True)
    with here.ledger() as ledger:
        events = ledger.events(here.model)
        ledger.append(*abort(events, Act("bo", events[-1].at, "complaints")))
    assert "warning" not in capsys.readouterr().err

    promoted(here, "2", "once more", override=False, as_json=True)

    told = capsys.readouterr()
    assert "warning: version 2: its rollout was stopped on 2" in told.err
    assert " by bo: complaints" in told.err
    assert json.loads(told.out)["event"]["kind"] == "rollout"


def without_rollout(here: Place, tmp_path: Path) -> Place:
    """The same where the data set is for batch scoring alone."""
    root = tmp_path / "checkout"
    shutil.copytree(here.root / "configs", root / "configs")
    path = root / "configs" / "datasets" / "subscriptions.yaml"
    told = path.read_text().replace("rollout: production", "rollout: none")
    path.write_text(told)
    return replace(here, root=root)


def test_without_phases_a_promotion_completes_at_once(here, bundle, tmp_path, capsys):
    staged(here, bundle, CHECK)
    batch = without_rollout(here, tmp_path)

    done = promoted(batch, "2", "time for it", override=False, as_json=False)

    assert "version 2 is live instead of version 1" in capsys.readouterr().out
    (event,) = done.events
    assert (event.kind, event.evidence["from"]) == ("promoted", "1")
    served = read_release(here.model, environ=here.stack.environment)
    assert (served.champion.version, served.challenger) == ("2", None)


def test_as_json_the_same_is_one_document(here, bundle, capsys):
    staged(here, bundle, CHECK)

    promoted(here, "2", "time for it", override=False, as_json=True)

    document = json.loads(capsys.readouterr().out)
    assert (document["event"]["kind"], document["event"]["to"]) == ("rollout", "shadow")
    assert document["decision"]["gates"][0]["name"] == "ranks_well"
    assert document["release"]["challenger"]["version"] == "2"


def test_a_promotion_waits_for_the_approval_that_its_policy_asks_for(
    here, bundle, monkeypatch
):
    staged(here, bundle, CHECK, CONSENT)
    before = here.events()

    with pytest.raises(RefusedError, match="1 undecided|two_agree"):
        promoted(here, "2", "time for it", override=False, as_json=True)
    assert here.events() == before

    monkeypatch.setattr("cli.models.acting.actor", lambda: "bo")
    assert "approved by bo" in said("approve", "2", "--reason", "looked at it")
    done = promoted(here, "2", "time for it", override=False, as_json=True)

    assert done.events[0].evidence["approvers"] == ["bo"]


def test_an_override_needs_a_second_person_and_is_marked_for_ever(
    here, bundle, monkeypatch
):
    staged(here, bundle, CHECK)
    said("approve", "2", "--reason", "I want it")

    with pytest.raises(RefusedError, match="somebody else than ada"):
        promoted(here, "2", "I want it", override=True, as_json=True)
    monkeypatch.setattr("cli.models.acting.actor", lambda: "bo")
    said("approve", "2", "--reason", "so do I")
    monkeypatch.setattr("cli.models.acting.actor", lambda: "ada")
    done = promoted(here, "2", "I want it", override=True, as_json=True)

    assert done.release.champion.version == "2"
    last = told("history")[-1]
    assert (last["kind"], last["override"]) == ("promoted", True)
    assert "override" in told("show", "2")["tags"]


def add_refused(here: Place, bundle: Bundle, check: dict[str, Any]) -> None:
    """Add a version 3 that its policy refused."""
    found = evidence(champion_auc=0.7, seed=9)
    history = History(here.model)
    history.events = list(here.events())
    n_before = len(history.events)
    history.lineages[3] = stored_bundle(bundle, here.root / here.stack.home / "third")
    history.trained(
        3,
        None,
        against=1,
        evaluated=stored_evidence(found, here.root / here.stack.home / "evidence3"),
        decided=decided_by(policy(check), found),
    )
    with here.ledger() as ledger:
        ledger.append(*history.events[n_before:])


def test_a_refused_version_is_not_promoted_and_the_line_says_why(here, bundle):
    staged(here, bundle, CHECK)
    add_refused(here, bundle, CHECK | {"bound": 0.99})
    before = here.events()

    with pytest.raises(RefusedError, match="version 3 was not approved: refused: 1 of"):
        promoted(here, "3", "please", override=False, as_json=True)

    assert here.events() == before


def test_what_needs_no_evidence_is_refused_before_any_is_shown(here, bundle, capsys):
    staged(here, bundle, CHECK)

    with pytest.raises(RefusedError, match="version 1 is live already"):
        promoted(here, "1", "again", override=False, as_json=False)

    assert capsys.readouterr().out == ""


def test_altered_evidence_promotes_nothing(here, bundle):
    staged(here, bundle, CHECK)
    rows = here.root / here.stack.home / "evidence" / "record.json"
    rows.write_bytes(rows.read_bytes().replace(b'"4"', b'"5"'))
    before = here.events()

    with pytest.raises(EvidenceError, match="the evidence of version 2 was altered"):
        promoted(here, "2", "time for it", override=False, as_json=True)

    assert here.events() == before


def test_an_altered_bundle_promotes_nothing(here, bundle):
    staged(here, bundle, CHECK)
    graph = here.root / here.stack.home / "bundle" / "model.onnx"
    graph.write_bytes(graph.read_bytes() + b"x")
    before = here.events()

    with pytest.raises(BundleError, match="model.onnx: .* the file was altered"):
        promoted(here, "2", "time for it", override=False, as_json=True)

    assert here.events() == before
    assert read_release(here.model, environ=here.stack.environment) is None


def test_another_intact_bundle_in_its_place_promotes_nothing(here, bundle):
    events = staged(here, bundle, CHECK)
    other = fitted("xgboost")
    folder = here.root / here.stack.home / "bundle"
    for path in folder.iterdir():
        path.unlink()
    for name, content in other.files.items():
        (folder / name).write_bytes(content)

    with pytest.raises(BundleError, match="expected the bundle .* that the ledger"):
        promoted(here, "2", "time for it", override=False, as_json=True)

    assert here.events() == events


def test_an_unsigned_bundle_is_refused_where_keys_are_demanded(
    here, bundle, tmp_path, monkeypatch
):
    staged(here, bundle, CHECK, SIGNED)
    keys = told("keygen", str(tmp_path / "keys"))
    monkeypatch.setenv("HOLDFAST_TRUSTED_KEYS", keys["HOLDFAST_TRUSTED_KEYS"])

    with pytest.raises(BundleError, match="expected a signed bundle"):
        promoted(here, "2", "time for it", override=False, as_json=True)


def test_whoever_lost_the_race_is_refused_and_changes_nothing(
    here, bundle, monkeypatch
):
    staged(here, bundle, CHECK)
    read = promotion.read_bundle

    def meanwhile(*given, **named):
        """Somebody else archives the version while its bundle is being verified."""
        said("archive", "2", "--reason", "no good")
        return read(*given, **named)

    monkeypatch.setattr(promotion, "read_bundle", meanwhile)

    with pytest.raises(LedgerMovedError, match="moved on"):
        promoted(here, "2", "time for it", override=False, as_json=True)

    assert [event["kind"] for event in told("history")][-2:] == ["staged", "archived"]


def test_an_unknown_version_and_one_without_bundle_are_refused_in_one_line(here):
    history = usual(here.model)
    without = replace(history.events[0].lineage, bundle_uri="", bundle_sha256="")
    history.lineages[6] = without
    history.add("registered", 6).write(here.store("ledger"))
    before = here.events()

    with pytest.raises(UnknownVersionError, match="no version 55 .*; nearest is 5"):
        said("promote", "55", "--reason", "x")
    with pytest.raises(RefusedError, match="version 6 has no bundle"):
        said("promote", "6", "--reason", "x")
    with pytest.raises(RefusedError, match="version 2 is live already"):
        said("promote", "2", "--reason", "x")
    with pytest.raises(RefusedError, match="expected a reason"):
        said("promote", "4", "--reason", " ")

    assert here.events() == before


def test_an_archived_version_is_gone_from_the_release_too(here):
    usual(here.model).write(here.store("ledger"))

    document = told("archive", "4", "--reason", "superseded")

    assert document["event"]["kind"] == "archived"
    assert document["release"]["challenger"] is None
    assert told("show", "4")["stage"] == "archived"


def test_a_locked_ledger_is_one_line(here, monkeypatch):
    usual(here.model).write(here.store("ledger"))
    monkeypatch.setattr(registry.database, "SQLITE_BUSY_SECONDS", 0)
    lock = sqlite3.connect(here.store("ledger").removeprefix("sqlite:///"))
    lock.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(LedgerError, match="locked") as error:
            said("approve", "4", "--reason", "fine")
    finally:
        lock.close()

    assert "\n" not in str(error.value)
