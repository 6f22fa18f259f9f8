"""Deciding, then training: exit codes, what the ledger keeps, what stays untouched."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
import pytest

from churn.errors import ConfigError, SourceError
from churn.retraining.decide import decide
from cli import retraining
from cli.models.place import place
from cli.retraining import retrain
from cli.retraining_config import trigger_of
from cli.root import ROOT
from cli.run_pipeline import Options
from registry.conditions import Act
from registry.retraining import case_of, decided
from registry.state import state
from tests.ledger_histories import usual

OPTIONS = Options(
    pipeline="retraining",
    dataset="subscriptions",
    source=None,
    stack="local",
    as_of=None,
    settings=(),
    no_cache=False,
    dry_run=False,
    as_json=False,
    fail_on_refusal=False,
)
NOW = datetime(2026, 3, 20, tzinfo=UTC)


@pytest.fixture
def here(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path / "home"))
    found = place(ROOT, "subscriptions", "local")
    # 1 and 2 were live, 3 refused; 4 is in staging and 5 waits.
    usual(found.model).write(found.store("ledger"))
    return found


class Runs:
    """Stands for the pipelines, which have tests of their own: they take minutes."""

    def __init__(self, here, *, training) -> None:
        self.here, self.training = here, training
        self.asked: list[Options] = []

    def __call__(self, _root, options) -> int:
        self.asked.append(options)
        return self._decide(options) if len(self.asked) == 1 else self.training(self)

    def _decide(self, options) -> int:
        events = self.here.events()
        trigger = trigger_of(self.here.root, options.dataset, options.trigger)
        decision = decide(trigger, case_of(events, NOW, None, options.reason))
        act = Act("ada", NOW, "made by the run x")
        with self.here.ledger() as ledger:
            ledger.append(*decided(events, act, decision))
        told = {"run": "x", "decision": msgspec.to_builtins(decision), "page": "p.html"}
        click.echo(json.dumps(told, default=str))
        return 0


def made(then: str | None):
    """A training that comes to an end."""

    def train(runs) -> int:
        history = usual(runs.here.model)
        history.events = list(runs.here.events())
        n = len(history.events)
        history.trained(6, then, against=2)
        with runs.here.ledger() as ledger:
            ledger.append(*history.events[n:])
        click.echo('{"run": "y"}')
        return 0

    return train


def run(here, monkeypatch, *, training=None, **options):
    runs = Runs(here, training=training or made("waiting"))
    monkeypatch.setattr(retraining, "run_pipeline", runs)
    code = retrain(here.root, replace(OPTIONS, **options))
    return code, runs.asked


def last(here):
    event = here.events()[-1]
    return event.kind, event.evidence.get("ended"), event.reason


@pytest.mark.parametrize(
    ("then", "ended", "reason"),
    [
        ("waiting", "trained", "version 6 was trained: waiting"),
        (None, "refused", "version 6 was trained: refused"),
    ],
)
def test_a_version_that_is_made_is_told_and_production_stays(
    here, monkeypatch, then, ended, reason
):
    live = state(here.events()).champion

    code, asked = run(here, monkeypatch, training=made(then), reason="prices changed")

    assert code == 0
    assert last(here) == ("retraining", ended, reason)
    assert state(here.events()).champion == live
    training = asked[1]
    assert (training.pipeline, training.policy) == ("training", "refresh")
    assert (training.reason, training.trigger, training.decide_only) == (
        None,
        None,
        False,
    )


def test_the_training_sees_the_same_source_day_and_settings(here, monkeypatch):
    told = {
        "source": "shop.db",
        "as_of": "2026-05-01",
        "settings": ("search.trials=3",),
        "policy": "improve",
    }

    _, asked = run(here, monkeypatch, reason="so", **told)

    assert {name: getattr(asked[1], name) for name in told} == told


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, 0),
        ({"decide_only": True}, 4),
        ({"decide_only": True, "reason": "so"}, 0),
    ],
)
def test_without_need_or_with_decide_only_nothing_is_trained(
    here, monkeypatch, options, code
):
    # Version 4 is on its way, so that rules are held back and only people are not.
    found, asked = run(here, monkeypatch, **options)

    assert (found, len(asked)) == (code, 1)
    assert last(here)[1] is None


def test_a_training_that_breaks_is_kept_with_its_cause_and_changes_nothing(
    here, monkeypatch, capsys
):
    monkeypatch.setattr(retraining, "_broken", lambda: ("fit_model", "too few rows"))
    live = state(here.events()).champion

    code, _ = run(here, monkeypatch, training=lambda _: 1, reason="so")

    assert code == 1
    told = "the training failed in fit_model: too few rows"
    assert last(here) == ("retraining", "failed", told)
    assert state(here.events()).champion == live
    assert f"production is as it was: version {live} answers" in capsys.readouterr().err


def test_a_source_that_is_gone_is_kept_too_and_told_as_ever(here, monkeypatch):
    def broken(_):
        raise SourceError("no file shop.db")

    with pytest.raises(SourceError):
        run(here, monkeypatch, training=broken, reason="so")

    assert last(here)[1:] == ("failed", "the training failed: no file shop.db")


def test_an_interruption_is_no_failure(here, monkeypatch):
    code, _ = run(here, monkeypatch, training=lambda _: 130, reason="so")

    assert code == 130
    assert last(here)[1] == "interrupted"


def test_what_is_wrong_with_the_training_is_found_before_deciding(here, monkeypatch):
    n = len(here.events())

    with pytest.raises(ConfigError, match="nearest is search"):
        run(here, monkeypatch, settings=("serch.trials=3",))

    assert len(here.events()) == n


def test_one_document_tells_of_both_runs(here, monkeypatch, capsys):
    run(here, monkeypatch, reason="so", as_json=True)

    document = json.loads(capsys.readouterr().out)
    assert document["decision"]["retrain"] is True
    assert document["training"] == {"run": "y"}
