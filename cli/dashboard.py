"""Showing past runs: ZenML's dashboard and MLflow's, on this machine, until Ctrl-C.

Both servers are plain children of this process. ZenML's own `zenml login --local`
would leave a daemon behind and turn the client of every project towards it.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import FrameType

import click

from churn.errors import HoldfastError
from cli.stacks.file import StackFile, load_stack

HOST = "127.0.0.1"
PORTS_TRIED = 100
START_SECONDS = 120
STOP_SECONDS = 10
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Page:
    """What to show, and where; `command` starts a server for it, unless one runs.

    `note` says how to get from there to the runs.
    """

    title: str
    url: str
    command: list[str]
    environment: dict[str, str]
    note: str = ""


def run_dashboard(root: Path, *, stack: str, zenml_port: int, mlflow_port: int) -> None:
    """Serve the pages of a stack's runs until interrupted or terminated.

    Each port is the first one tried; a taken one leads to the next.

    Raises
    ------
    HoldfastError
        A server ended by itself or did not answer in time; the text names its log.
    """
    file = load_stack(stack, root=root, environ=os.environ)
    logs = Path(file.home) / "dashboard"
    logs.mkdir(parents=True, exist_ok=True)
    with _interruptible(), ExitStack() as running:
        pages = [_zenml_page(zenml_port), *_mlflow_pages(file, mlflow_port)]
        served = [
            (page, running.enter_context(_serving(page, logs)))
            for page in pages
            if page.command
        ]
        for page, process in served:
            _wait_for_answer(page, process, logs)
        for page in pages:
            click.echo(f"{page.title:<18} {page.url}  {page.note}".rstrip())
        if served:
            click.echo("Ctrl-C ends what was started here.")
            _watch(served, logs)


def _zenml_page(port: int) -> Page:
    from zenml.client import Client
    from zenml.config.global_config import GlobalConfiguration
    from zenml.enums import StoreType

    config = GlobalConfiguration()
    # Opening the store creates it where nothing has run yet; the server must not.
    store = Client().zen_store
    if store.type == StoreType.REST:
        return Page("ZenML dashboard", store.url, [], {})
    port = _free_port(port)
    environment = {
        "DISABLE_DATABASE_MIGRATION": "true",
        "ZENML_ANALYTICS_OPT_IN": str(config.analytics_opt_in),
        "ZENML_LOCAL_STORES_PATH": config.local_stores_path,
        "ZENML_SERVER": "true",
        "ZENML_SERVER_ALLOW_LOCAL_FILE_ACCESS": "true",
        "ZENML_SERVER_AUTH_SCHEME": "NO_AUTH",
        "ZENML_SERVER_AUTO_ACTIVATE": "true",
        "ZENML_SERVER_DEPLOYMENT_TYPE": "local",
        "ZENML_STORE_TYPE": str(store.type),
        "ZENML_STORE_URL": store.url,
        "ZENML_USER_ID": str(config.user_id),
    }
    return Page(
        title="ZenML dashboard",
        url=f"http://{HOST}:{port}",
        command=[
            *("uvicorn", "zenml.zen_server.zen_server_api:app", "--no-server-header"),
            *("--host", HOST, "--port", str(port), "--log-level", "warning"),
        ],
        environment=environment,
        note="(a first visit asks who you are; every question can be skipped)",
    )


def _mlflow_pages(stack: StackFile, port: int) -> list[Page]:
    """One page where the stack tracks with MLflow, else none."""
    tracker = stack.components.get("experiment_tracker")
    if tracker is None or tracker.flavor != "mlflow":
        return []
    uri = tracker.configuration.get("tracking_uri")
    if uri is not None and uri.startswith(("http://", "https://", "databricks")):
        return [Page("MLflow", uri, [], {})]
    port = _free_port(port)
    # By environment: an address may hold a password, and arguments show in `ps`.
    environment = {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        **({"MLFLOW_BACKEND_STORE_URI": uri} if uri else _mlflow_places(stack)),
    }
    address = ["--host", HOST, "--port", str(port)]
    return [
        Page(
            title="MLflow",
            url=f"http://{HOST}:{port}",
            command=["mlflow", "server", *address, "--workers", "1"],
            environment=environment,
            note="(the runs are under /#/experiments)",
        )
    ]


def _mlflow_places(stack: StackFile) -> dict[str, str]:
    """Where ZenML keeps MLflow's records when the tracker has no `tracking_uri`."""
    artifacts = Path(stack.components["artifact_store"].configuration["path"])
    artifacts.mkdir(parents=True, exist_ok=True)
    return {
        "MLFLOW_BACKEND_STORE_URI": f"sqlite:///{artifacts / 'mlflow.db'}",
        "MLFLOW_DEFAULT_ARTIFACT_ROOT": str(artifacts / "mlflow_artifacts"),
    }


def _log(logs: Path, page: Page) -> Path:
    return logs / f"{page.title.split()[0].lower()}.log"


def _free_port(first: int) -> int:
    for port in range(first, first + PORTS_TRIED):
        with socket.socket() as probe:
            # Like the servers, look through connections that are only dying out.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    last = first + PORTS_TRIED - 1
    raise HoldfastError(f"no free port on {HOST} between {first} and {last}")


@contextmanager
def _interruptible() -> Iterator[None]:
    """Treat a termination like Ctrl-C: leave the block, then go on as if done."""
    before = {number: signal.signal(number, _interrupt) for number in SIGNALS}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # A second Ctrl-C must not tear the ending of the servers apart.
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise KeyboardInterrupt


@contextmanager
def _serving(page: Page, logs: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the page's server in a process group of its own and end all of that group."""
    with _log(logs, page).open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (the commands above)
            [sys.executable, "-m", *page.command],
            # Away from the repository, whose folders would hide modules of the servers.
            cwd=logs,
            env=os.environ | page.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Terminate the group, then kill what is left of it, the leader gone or not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, number)
            process.wait(STOP_SECONDS)


def _wait_for_answer(page: Page, process: subprocess.Popen[bytes], logs: Path) -> None:
    deadline, log = time.monotonic() + START_SECONDS, _log(logs, page)
    while not _answers(page.url):
        if process.poll() is not None:
            raise HoldfastError(f"{page.title} ended while starting; see {log}")
        if time.monotonic() > deadline:
            raise HoldfastError(
                f"{page.title} did not answer at {page.url} within {START_SECONDS} s; "
                f"see {log}"
            )
        time.sleep(0.2)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:  # noqa: S310 (ours)
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


def _watch(served: list[tuple[Page, subprocess.Popen[bytes]]], logs: Path) -> None:
    while True:
        for page, process in served:
            if process.poll() is not None:
                raise HoldfastError(f"{page.title} ended; see {_log(logs, page)}")
        time.sleep(0.5)
