import os
import socket

import pytest

from churn.deployment import DeploymentError
from flavors.model_deployer.local.places import Place, places
from flavors.model_deployer.local.processes import identity
from tests.model_servers import free_port, written

HOST = "127.0.0.1"


@pytest.fixture
def place(tmp_path):
    return _place(tmp_path, "churn-telco")


def _place(folder, model):
    path = folder / model
    path.mkdir()
    return Place(path)


def test_generations_follow_each_other_also_beyond_ten(place):
    made = [written(place, "ended") for _ in range(12)]

    assert [one.path for one in place.generations] == [one.path for one in made]


def test_current_is_the_newest_that_got_ready_and_was_not_stopped(place):
    written(place, "ended")
    ready = written(place, "ready")
    written(place, "failed")
    written(place, "starting")

    generation, record = place.current()

    assert generation.path == ready.path
    assert record.condition == "ready"


def test_living_are_those_of_which_a_process_runs(place):
    written(place, "ready")
    living = written(place, "ready", keeper=identity(os.getpid()))

    assert [one.path for one in place.living] == [living.path]


def test_the_next_inherits_vetoes_of_the_last_that_served(place):
    served = written(place, "ready")
    (served.state / "vetoes.json").write_text("[1]")
    (served.state / "active.json").write_text("{}")
    written(place, "failed")

    heir = place.newest()

    assert (heir.state / "vetoes.json").read_text() == "[1]"
    assert not (heir.state / "active.json").exists()


def test_what_was_logged_and_not_sent_goes_to_the_newest_once_its_writer_ended(place):
    ended = written(place, "ended")
    living = written(place, "ready", keeper=identity(os.getpid()))
    heir = written(place, "starting")
    for one in (ended, living):
        (one.state / "log").mkdir()
        (one.state / "log" / f"{one.path.name}.jsonl").write_text("row\n")

    place.adopt(heir)

    adopted = [path.name for path in (heir.state / "log").iterdir()]
    assert adopted == [f"{ended.path.name}.jsonl"]
    assert len(list((living.state / "log").iterdir())) == 1
    assert list((ended.state / "log").iterdir()) == []


def test_only_the_last_few_that_ended_are_kept(place):
    made = [written(place, "ended") for _ in range(6)]
    heir = written(place, "ready", keeper=identity(os.getpid()))

    place.adopt(heir)

    kept = [one.path for one in place.generations]
    assert kept == [one.path for one in (*made[-3:], heir)]


def test_a_port_is_chosen_once_and_belongs_to_one_model(place, tmp_path):
    other, first = _place(tmp_path, "churn-bank"), free_port()

    mine = place.choose_port(HOST, first)
    theirs = other.choose_port(HOST, first)

    assert mine != theirs
    assert place.choose_port(HOST, 1) == mine
    assert {one.port for one in places(tmp_path)} == {mine, theirs}


def test_a_port_that_somebody_listens_at_is_not_chosen(place):
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert place.choose_port(HOST, port) > port


def test_where_no_port_is_free_the_setting_is_named(place, monkeypatch):
    monkeypatch.setattr(
        "flavors.model_deployer.local.places.MOST_PORTS", 0, raising=True
    )

    with pytest.raises(DeploymentError, match="first_port"):
        place.choose_port(HOST, 8080)
