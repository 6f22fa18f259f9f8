"""The server of a model, as a page shows it: it is drawn whether or not one answers."""

from storage.running_server import NO_SERVER, running_server
from tests.storage.test_model_server import server


def test_where_none_runs_none_answers_or_another_does_it_is_said():
    assert running_server(None, {}) == (None, NO_SERVER)
    found, note = running_server("http://127.0.0.1:9", {})
    assert (found, note) == (None, "Nobody answers at http://127.0.0.1:9.")
    with server(metrics=[b"nothing of ours 1\n"]) as told:
        found, note = running_server(told.url, {})
    assert found is None
    assert "expected the metrics of a server" in note


def test_a_key_that_leads_nowhere_is_said_and_no_error():
    environ = {"HOLDFAST_SERVER_KEY": "env:NONE"}

    _, note = running_server("http://127.0.0.1:9", environ)

    assert note.startswith("The server could not be asked: HOLDFAST_SERVER_KEY")
