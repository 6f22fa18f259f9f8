"""Kubeflow's API and Airflow's folder: what their orchestrators hand pipelines to."""

import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from cli.doctor.asking import FORBIDDEN, UNAUTHORIZED, answer, document
from cli.doctor.case import Case
from cli.doctor.certificates import REQUESTS
from cli.doctor.cluster_access import is_there, open_cluster
from cli.doctor.clusters import has_object
from cli.doctor.connecting import reach
from cli.doctor.finding import Check, Denied, Remark, Unwell

LIBRARIES = ("kubernetes", "requests")
HEALTH = "apis/v2beta1/healthz"
LOGIN = (301, 302, 303, 307, 308)


def orchestrator_checks(case: Case) -> Iterator[Check]:
    """What runs the steps, where it is neither this machine nor Kubernetes itself."""
    where, given = "components.orchestrator", case.configuration("orchestrator")
    if case.orchestrator == "kubeflow":
        yield Check(
            where, "Kubeflow answers", partial(_kubeflow, case, given), LIBRARIES
        )
    if case.orchestrator == "airflow":
        folder = _dag_folder(case, given)
        if folder is not None:
            told = "the folder of DAGs can be written"
            yield Check(where, told, partial(_airflow, folder))


def _kubeflow(case: Case, given: Mapping[str, Any]) -> Iterator[Remark]:
    # In this order ZenML looks for it.
    if given.get("kubernetes_context"):
        yield from _in_cluster(case, given)
    elif given.get("kubeflow_hostname"):
        yield from _by_address(case, str(given["kubeflow_hostname"]))


def _in_cluster(case: Case, given: Mapping[str, Any]) -> Iterator[Remark]:
    client, remarks = open_cluster(case, given["kubernetes_context"])
    yield from remarks
    namespace = given.get("kubeflow_namespace", "kubeflow")
    service = f"/api/v1/namespaces/{namespace}/services/ml-pipeline"
    if not is_there(client, service):
        raise Unwell(
            f"the namespace {namespace} has no service ml-pipeline: no Kubeflow there",
            "install Kubeflow Pipelines there, or correct kubeflow_namespace",
        )
    if given.get("zenml_secret"):
        name = str(given["zenml_secret"])
        has_object(client, namespace, "secrets", name, "zenml_secret")


def _by_address(case: Case, url: str) -> Iterator[Remark]:
    yield from reach(url, environ=case.environ, trust=REQUESTS, now=case.now)
    found = answer(f"{url.rstrip('/')}/{HEALTH}")
    if found.status_code in (*LOGIN, UNAUTHORIZED, FORBIDDEN):
        if _has_login(case):
            return
        raise Denied(
            f"Kubeflow at {url} asks for a login, and there is none",
            "say client_username and client_password by a secret, in "
            "settings.orchestrator",
        )
    told = document(found)
    if not found.ok or not told:
        raise Unwell(
            f"no Kubeflow Pipelines (v2) at {url}: its {HEALTH} answers "
            f"{found.status_code}",
            "correct kubeflow_hostname; it usually ends in /pipeline",
        )
    _is_known(str(told.get("tag_name") or told.get("tagName") or ""), url)


def _has_login(case: Case) -> bool:
    given = case.stack.settings.get("orchestrator", {})
    return "client_username" in {**case.configuration("orchestrator"), **given}


def _is_known(version: str, url: str) -> None:
    if version.startswith(("0.", "1.")):
        raise Unwell(
            f"Kubeflow Pipelines at {url} is {version}, which knows no pipelines of "
            "version 2",
            "upgrade it to 2.0 or later",
        )


def _dag_folder(case: Case, given: Mapping[str, Any]) -> Path | None:
    settings = case.stack.settings.get("orchestrator", {})
    named = settings.get("dag_output_dir") or given.get("dag_output_dir")
    return None if not named or "://" in str(named) else Path(str(named)).expanduser()


def _airflow(folder: Path) -> Iterator[Remark]:
    if not folder.is_dir():
        raise Unwell(
            f"dag_output_dir: there is no folder {folder}",
            "make it, or name the folder that Airflow reads DAGs from",
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Unwell(
            f"dag_output_dir: {folder} cannot be written",
            "allow it to whoever runs pipelines",
        )
    yield from ()
