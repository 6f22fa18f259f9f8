"""Kubeflow that answers and does not, and a folder that Airflow would read."""

import json

import pytest

from cli.doctor.orchestrators import HEALTH, orchestrator_checks
from tests.cli.doctor.cases import case, problems
from tests.cli.doctor.tls_servers import dead_port, web_server


def kubeflow(url, settings=None):
    given = {"flavor": "holdfast_kubeflow", "configuration": {"kubeflow_hostname": url}}
    return case({"orchestrator": given}, settings={"orchestrator": settings or {}})


def told(answer, settings=None):
    with web_server({f"/pipeline/{HEALTH}": answer}) as url:
        return problems(orchestrator_checks, kubeflow(f"{url}/pipeline", settings))


def airflow(folder):
    given = {"dag_output_dir": str(folder)}
    parts = {"orchestrator": {"flavor": "airflow", "configuration": given}}
    return problems(orchestrator_checks, case(parts))


def test_this_machine_needs_no_question():
    assert list(orchestrator_checks(case())) == []


def test_a_kubeflow_that_answers_is_well():
    assert told((200, json.dumps({"tag_name": "2.4.0"}))) == []


def test_a_kubeflow_before_version_two_is_refused():
    (line,) = told((200, json.dumps({"tag_name": "1.8.5"})))

    assert "is 1.8.5, which knows no pipelines of version 2; upgrade it" in line


def test_another_server_is_no_kubeflow():
    (line,) = told((200, "<html>"))

    assert "no Kubeflow Pipelines (v2) at" in line
    assert line.endswith("correct kubeflow_hostname; it usually ends in /pipeline")


@pytest.mark.parametrize("status", [302, 401, 403])
def test_a_kubeflow_that_asks_for_a_login_says_where_it_is_told(status):
    (line,) = told((status, ""))

    assert "asks for a login, and there is none; say client_username" in line
    assert told((status, ""), {"client_username": "{{shop.NAME}}"}) == []


def test_a_kubeflow_that_is_away_is_named():
    port = dead_port()

    (line,) = problems(orchestrator_checks, kubeflow(f"http://127.0.0.1:{port}"))

    assert f"nobody listens at 127.0.0.1:{port}" in line


def test_a_folder_of_dags_that_is_there_is_well(tmp_path):
    assert airflow(tmp_path) == []


def test_a_folder_of_dags_that_is_absent_is_named(tmp_path):
    (line,) = airflow(tmp_path / "dags")

    assert f"dag_output_dir: there is no folder {tmp_path}/dags; make it" in line
