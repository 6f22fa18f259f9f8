"""Folders, SQLite's files, and a model server of somebody else."""

from cli.doctor.files import file_checks, model_server_checks
from tests.cli.doctor.cases import case, problems
from tests.cli.doctor.tls_servers import dead_port, web_server


def stored(address, **more):
    return problems(file_checks, case(stores={"ledger": address}, **more))


def test_what_can_be_made_is_well_and_is_not_made(tmp_path):
    assert stored(f"sqlite:///{tmp_path}/deep/ledger.db") == []
    assert stored(f"{tmp_path}/deep/tables") == []
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_should_be_is_named(tmp_path):
    (tmp_path / "file").touch()

    (line,) = stored(f"{tmp_path}/file/tables")

    assert line == (
        f"stores.ledger: {tmp_path}/file is no folder; move it away, or name another "
        "place"
    )


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "ledger.db").write_text("not a database, but long enough to be read")

    (line,) = stored(f"sqlite:///{tmp_path}/ledger.db")

    assert "is no database that can be read: file is not a database; move it" in line


def test_before_a_run_files_are_left_to_the_run(tmp_path):
    (tmp_path / "file").touch()

    assert stored(f"{tmp_path}/file/tables", is_quick=True) == []


def served(url, **more):
    given = {"flavor": "holdfast_server", "configuration": {"url": url}}
    return problems(model_server_checks, case({"model_deployer": given}, **more))


def test_a_model_server_that_lives_is_well():
    with web_server({"/health/live": (200, "{}")}) as url:
        assert served(url) == []


def test_another_server_is_no_model_server_of_ours():
    with web_server({}) as url:
        (line,) = served(url)

    assert "/health/live answers 404: no model server of ours; start it" in line


def test_a_model_server_that_is_away_does_not_keep_a_training_from_running():
    url = f"http://127.0.0.1:{dead_port()}"

    assert "nobody listens at" in served(url)[0]
    assert served(url, is_quick=True) == []
