"""MLflow's server: there, of a version that fits, open to us."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from cli.doctor.asking import FORBIDDEN, UNAUTHORIZED, answer, document
from cli.doctor.case import Case
from cli.doctor.certificates import REQUESTS
from cli.doctor.connecting import reach
from cli.doctor.finding import Check, Denied, Remark, Unwell

API = "/api/2.0/mlflow/experiments"
EXISTS = "RESOURCE_ALREADY_EXISTS"


def tracking_checks(case: Case) -> Iterator[Check]:
    """The experiment tracker, where it is a server."""
    part = case.stack.components.get("experiment_tracker")
    if part is None or part.flavor != "mlflow":
        return
    url = str(case.configuration("experiment_tracker").get("tracking_uri") or "")
    if url.startswith(("http://", "https://")):
        yield Check(
            "components.experiment_tracker",
            "answers, lets us in, takes experiments",
            partial(_examined, case, url.rstrip("/")),
        )


def _examined(case: Case, url: str) -> Iterator[Remark]:
    given = case.configuration("experiment_tracker")
    is_verified = not given.get("tracking_insecure_tls", False)
    yield from reach(
        url,
        environ=case.environ,
        trust=REQUESTS,
        now=case.now,
        is_verified=is_verified,
    )
    health = answer(f"{url}/health", is_verified=is_verified)
    if "Invalid Host header" in health.text:
        raise Unwell(
            f"the MLflow server does not answer to the name in {url}",
            "start it with --allowed-hosts and this name",
        )
    if health.status_code == UNAUTHORIZED:
        raise _denied(url, health.status_code)
    if not health.ok:
        raise Unwell(
            f"{url}/health answers {health.status_code}: no MLflow server, or one that "
            "is not well",
            "correct the address, or look at the server's log",
        )
    yield from _compared(answer(f"{url}/version", is_verified=is_verified).text, url)
    _let_in(url, _login(given), is_verified=is_verified)


def _compared(told: str, url: str) -> Iterator[Remark]:
    from importlib.metadata import version

    theirs, ours = told.strip(), version("mlflow")
    if not theirs[:1].isdigit():
        return
    if theirs.split(".")[0] != ours.split(".")[0]:
        raise Unwell(
            f"the server at {url} is MLflow {theirs}, this is MLflow {ours}",
            f"run a server of MLflow {ours.split('.')[0]}",
        )
    if theirs != ours:
        yield Remark(
            f"the server at {url} is MLflow {theirs}, this is MLflow {ours}",
            "nothing, unless its API misses something",
        )


def _login(given: Mapping[str, Any]) -> dict[str, Any]:
    if given.get("tracking_token"):
        return {"headers": {"Authorization": f"Bearer {given['tracking_token']}"}}
    name, password = given.get("tracking_username"), given.get("tracking_password")
    return {"auth": (str(name), str(password))} if name else {}


def _let_in(url: str, login: Mapping[str, Any], *, is_verified: bool) -> None:
    """Look at one experiment, and ask to make it again, which changes nothing."""
    found = answer(
        f"{url}{API}/search",
        method="POST",
        body={"max_results": 1},
        is_verified=is_verified,
        **login,
    )
    if found.status_code in (UNAUTHORIZED, FORBIDDEN):
        raise _denied(url, found.status_code)
    if not found.ok:
        raise Unwell(
            f"{url} cannot list experiments (answers {found.status_code}): "
            f"{document(found).get('message', 'no reason given')}",
            "look at the server's log: does its database answer?",
        )
    present = document(found).get("experiments") or []
    if present:
        _may_make(url, present[0]["name"], login, is_verified=is_verified)


def _may_make(
    url: str, name: str, login: Mapping[str, Any], *, is_verified: bool
) -> None:
    made = answer(
        f"{url}{API}/create",
        method="POST",
        body={"name": name},
        is_verified=is_verified,
        **login,
    )
    if not made.ok and document(made).get("error_code") != EXISTS:
        raise Denied(
            f"we may not make experiments at {url} (answers {made.status_code})",
            "allow it, or put the name of somebody who may into the stack's secret",
        )


def _denied(url: str, status: int) -> Denied:
    return Denied(
        f"the MLflow server at {url} refuses this name and password (answers {status})",
        "correct MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD in the stack's "
        "secret",
    )
