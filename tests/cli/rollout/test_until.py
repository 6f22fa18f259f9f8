"""`--until live` looks again until the rollout is over."""

import pytest

from churn.errors import ConfigError
from cli.rollout import until
from cli.rollout.until import until_live
from cli.run_pipeline import Options
from registry.errors import RefusedError
from tests.ledger_histories import History, in_rollout

OPTIONS = Options(
    pipeline="deployment",
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


@pytest.mark.parametrize(("end", "code"), [("promoted", 0), ("stopped", 3)])
def test_it_ends_when_the_version_is_live_or_was_sent_back(
    here, end, code, monkeypatch
):
    history = in_rollout("canary", weight=0.1, model=here.model)
    history.write(here.store("ledger"))
    looks = []

    def look(*_):
        looks.append(1)
        if len(looks) == 3:
            n = len(history.events)
            history.add(end, 4, {"from": "2"})
            with here.ledger() as ledger:
                ledger.append(*history.events[n:])
        return 0

    monkeypatch.setattr(until, "run_pipeline", look)
    slept = []

    assert until_live(here.root, OPTIONS, sleep=slept.append) == code
    assert (len(looks), slept) == (3, [30.0, 30.0])


def test_only_the_first_look_is_told_whole(here, monkeypatch):
    in_rollout("shadow", model=here.model).write(here.store("ledger"))
    looks = []

    def look(_, options):
        looks.append(options.looks_again)
        return 1 if len(looks) == 3 else 0

    monkeypatch.setattr(until, "run_pipeline", look)

    assert until_live(here.root, OPTIONS, sleep=lambda _: None) == 1
    assert looks == [False, True, True]


def test_an_interruption_ends_the_looking_and_says_that_the_rollout_goes_on(
    here, monkeypatch, capsys
):
    in_rollout("shadow", model=here.model).write(here.store("ledger"))
    monkeypatch.setattr(until, "run_pipeline", lambda *_: 0)

    def interrupted(_):
        raise KeyboardInterrupt

    assert until_live(here.root, OPTIONS, sleep=interrupted) == 130
    told = capsys.readouterr().err
    assert "stopped looking; the rollout of version 4 goes on" in told


def test_a_run_that_fails_ends_it_too(here, monkeypatch):
    in_rollout("shadow", model=here.model).write(here.store("ledger"))
    monkeypatch.setattr(until, "run_pipeline", lambda *_: 1)

    assert until_live(here.root, OPTIONS) == 1


def test_a_version_that_is_live_needs_no_more_looks(here, monkeypatch, capsys):
    History(here.model).trained(1, "promoted").write(here.store("ledger"))
    monkeypatch.setattr(until, "run_pipeline", lambda *_: 1)

    assert until_live(here.root, OPTIONS) == 0
    assert capsys.readouterr().out == "version 1 is live already\n"


def test_what_cannot_get_live_is_refused(here):
    History(here.model).trained(1, "refused").write(here.store("ledger"))

    with pytest.raises(RefusedError, match="no version is in staging"):
        until_live(here.root, OPTIONS)
    from dataclasses import replace

    with pytest.raises(ConfigError, match="--until: the pipeline training has no use"):
        until_live(here.root, replace(OPTIONS, pipeline="training"))
