"""What the doctor found, as a pipe gets it."""

from cli.doctor import showing
from cli.doctor.finding import Finding
from cli.doctor.showing import run_doctor
from tests.conftest import CHECKOUT

CAUSE = "nobody listens at a.host.with.a.long.name.example.com:9000 " + "x" * 200


def test_a_pipe_gets_a_line_for_each_finding_and_one_for_a_dead_address(
    capsys, monkeypatch
):
    stores = [f"stores.{name}" for name in ("alerts", "exports", "release", "tables")]
    dead = [Finding(one, "lists", "problem", CAUSE, "start it") for one in stores]
    aged = [Finding(one, "lists", "note", "old", "renew it") for one in stores[:2]]
    found = [Finding("settings", "are heeded", "ok"), *dead, *aged]
    monkeypatch.setattr(showing, "doctor", lambda *_, **__: found)

    code = run_doctor("local", root=CHECKOUT, environ={}, as_json=False)

    assert code == 1
    assert capsys.readouterr().out.splitlines() == [
        "ok       settings: are heeded",
        f"problem  {', '.join(stores)}: {CAUSE}; start it",
        "note     stores.alerts, stores.exports: old; renew it",
        "stack local: 1 to mend",
    ]
