"""What is wrong with an MLflow server; the real one, and answers that it can give."""

import json
from importlib.metadata import version

from cli.doctor.tracking import tracking_checks
from tests.cli.doctor.cases import case, notes, problems
from tests.cli.doctor.tls_servers import dead_port, web_server

SEARCH = "/api/2.0/mlflow/experiments/search"
CREATE = "/api/2.0/mlflow/experiments/create"
WELL = {
    "/health": (200, "OK"),
    "/version": (200, version("mlflow")),
    SEARCH: (200, json.dumps({"experiments": [{"name": "Default"}]})),
    CREATE: (400, json.dumps({"error_code": "RESOURCE_ALREADY_EXISTS"})),
}


def tracked(url, *, password="open-up"):  # noqa: S107 (wrong on purpose)
    given = {
        "tracking_uri": url,
        "tracking_username": "{{shop.NAME}}",
        "tracking_password": "{{shop.PASSWORD}}",
    }
    held = {"shop": {"NAME": "admin", "PASSWORD": password}}
    parts = {"experiment_tracker": {"flavor": "mlflow", "configuration": given}}
    return case(parts, held=held)


def told(answers):
    with web_server(WELL | answers) as url:
        return problems(tracking_checks, tracked(url))


def test_a_file_of_mlflow_needs_no_server():
    assert list(tracking_checks(tracked("sqlite:////data/mlflow.db"))) == []


def test_a_server_that_is_ready_is_well():
    assert told({}) == []


def test_a_dead_port_is_named():
    port = dead_port()

    (line,) = problems(tracking_checks, tracked(f"http://127.0.0.1:{port}"))

    assert f"nobody listens at 127.0.0.1:{port}" in line


def test_another_kind_of_server_is_none_of_mlflows():
    (line,) = told({"/health": (404, "")})

    assert "/health answers 404: no MLflow server, or one that is not well; " in line


def test_a_name_that_the_server_was_not_told_says_which_option_lacks():
    rebinding = "Invalid Host header - possible DNS rebinding attack detected"

    (line,) = told({"/health": (403, rebinding)})

    assert line.endswith("; start it with --allowed-hosts and this name")


def test_a_server_of_another_major_version_is_refused_and_a_minor_one_told():
    (line,) = told({"/version": (200, "1.30.0")})
    with web_server(WELL | {"/version": (200, "3.0.1")}) as url:
        (remark,) = notes(tracking_checks, tracked(url))

    assert f"is MLflow 1.30.0, this is MLflow {version('mlflow')}; run a server" in line
    assert "is MLflow 3.0.1" in remark


def test_a_server_whose_database_is_away_says_what_it_says():
    sick = json.dumps({"message": "no database"})

    (line,) = told({SEARCH: (500, sick)})

    assert "cannot list experiments (answers 500): no database; look at the" in line


def test_who_may_not_make_experiments_is_told_so():
    (line,) = told({CREATE: (403, "{}")})

    assert "we may not make experiments at" in line
