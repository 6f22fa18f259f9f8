# ruff: noqa: INP001 (a program, no package)
"""`make staging`: the servers of ops/compose.yaml, and the stack that runs on them.

Run again, it changes only what changed. It needs an engine that knows compose; without
containers `python -m tests.staging` runs the same servers natively.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import click

OPS = Path(__file__).resolve().parents[1]
ROOT = OPS.parent
EXAMPLE, SETTINGS, VARIABLES = (
    OPS / name for name in (".env.example", ".env", ".staging.env")
)
RANDOM = "<random>"
SECRET_BYTES = 24
STACK = "staging"
ACCOUNT = "holdfast"
IN_THE_SECRET = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "HOLDFAST_CRM_PASSWORD",
    "HOLDFAST_LEDGER_PASSWORD",
    "HOLDFAST_ONLINE_PASSWORD",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_USERNAME",
)
IMAGES = {"pipeline": "HOLDFAST_IMAGE", "serving": "HOLDFAST_SERVING_IMAGE"}
CONFLICT, UNAUTHORIZED = 409, 401
HEALTHY_SECONDS = 300.0
PAUSE_SECONDS = 2.0
LOG_LINES = 20


def pairs(path: Path) -> dict[str, str]:
    """Variables of a file of lines ``NAME=value``."""
    lines = path.read_text().splitlines() if path.exists() else []
    told = [line for line in lines if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in told)


def settle(example: Path, settings: Path) -> dict[str, str]:
    """Values for compose; what the example has and the settings lack is added."""
    known = pairs(settings)
    text = settings.read_text() if settings.exists() else ""
    for line in example.read_text().splitlines():
        name = line.partition("=")[0]
        if line.startswith("#") or "=" not in line:
            text += "" if known else f"{line}\n"
        elif name not in known:
            text += line.replace(RANDOM, secrets.token_hex(SECRET_BYTES)) + "\n"
    keep(settings, text)
    return pairs(settings)


def keep(path: Path, text: str) -> None:
    """Write a file that nobody else may read, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600, exist_ok=False)
    part.write_text(text)
    part.replace(path)


def engine() -> list[str]:
    """How compose is called here."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and _run([*command, "version"]).returncode == 0:
            return command
    raise click.ClickException(
        "expected `docker compose` or `docker-compose`, found neither; install one, or "
        "run the same servers without containers: .venv/bin/python -m tests.staging"
    )


def build(settings: Mapping[str, str]) -> None:
    """Make those of our images that the settings do not name, from the last commit."""
    needed = [name for name, variable in IMAGES.items() if not settings[variable]]
    if not needed:
        return
    program = [str(OPS / "docker" / "build"), "--builder", "docker", "--tag", STACK]
    if _run([*program, *needed], shown=True).returncode:
        raise click.ClickException(
            f"could not build {' and '.join(needed)}; name images that exist in "
            "ops/.env: " + ", ".join(IMAGES[name] for name in needed)
        )


def bring_up(compose: Sequence[str], *, within_seconds: float) -> None:
    """Start every service and wait until each is healthy, or done."""
    started = _run([*compose, "up", "--detach"], shown=True)
    if started.returncode:
        raise click.ClickException("compose could not start the servers; see above")
    end = time.monotonic() + within_seconds
    while waiting := [name for name, well in states(compose) if not well]:
        if time.monotonic() > end:
            for name in waiting:
                tail = ["logs", f"--tail={LOG_LINES}", name]
                _run([*compose, *tail], shown=True)
            raise click.ClickException(
                f"not healthy after {within_seconds:g} s: {', '.join(waiting)}; their "
                "last lines are above, and everything still runs"
            )
        time.sleep(PAUSE_SECONDS)


def states(compose: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Each service, and whether it is healthy; one without a check must have ended."""
    form = (
        '{{index .Config.Labels "com.docker.compose.service"}} {{.State.ExitCode}} '
        "{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}"
    )
    containers = _run([*compose, "ps", "--all", "--quiet"]).stdout.split()
    shown = _run(["docker", "inspect", "--format", form, *containers]).stdout
    for line in shown.splitlines():
        name, code, state = line.split()
        yield name, state == "healthy" or (state, code) == ("exited", "0")


class ZenmlServer:
    """ZenML's server, asked over HTTP as one user."""

    def __init__(self, url: str, form: Mapping[str, str]) -> None:
        self._api = f"{url}/api/v1"
        told = _ask(f"{self._api}/login", urlencode(form).encode(), {}, "POST")
        self._headers = {
            "Authorization": f"Bearer {told['access_token']}",
            "Content-Type": "application/json",
        }

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """One answer; an error of the server is raised as such."""
        content = None if body is None else json.dumps(body).encode()
        return _ask(f"{self._api}/{path}", content, self._headers, method)

    def api_key(self, account: str) -> str:
        """A new key of a service account, which is made; the last one is void."""
        path = f"service_accounts/{self._made('service_accounts', account)['id']}"
        try:
            made = self.ask("POST", f"{path}/api_keys", {"name": STACK})
        except HTTPError as error:
            if error.code != CONFLICT:
                raise
            made = self.ask("PUT", f"{path}/api_keys/{STACK}/rotate", {})
        return str(made["body"]["key"])

    def keep_secret(self, name: str, values: Mapping[str, str]) -> None:
        """Make a secret hold these values."""
        found = self.ask("GET", f"secrets?name={name}")["items"]
        if found:
            self.ask("PUT", f"secrets/{found[0]['id']}", {"values": values})
        else:
            self.ask("POST", "secrets", {"name": name, "values": values})

    def _made(self, what: str, name: str) -> Any:
        try:
            return self.ask("POST", what, {"name": name, "active": True})
        except HTTPError as error:
            if error.code != CONFLICT:
                raise
            return self.ask("GET", f"{what}/{name}")


def account(url: str, settings: Mapping[str, str], known_key: str | None) -> str:
    """An API key, the one that is known if it is good; keeps the stack's secret too."""
    admin = ("ZENML_ADMIN_NAME", "ZENML_ADMIN_PASSWORD")
    name, password = (settings[variable] for variable in admin)
    server = ZenmlServer(url, {"username": name, "password": password})
    values = {name: settings[name] for name in IN_THE_SECRET}
    server.keep_secret(f"holdfast-{STACK}", values)
    if known_key:
        try:
            ZenmlServer(url, {"password": known_key})
        except HTTPError as error:
            if error.code != UNAUTHORIZED:
                raise
        else:
            return known_key
    return server.api_key(ACCOUNT)


def variables(settings: Mapping[str, str], key: str) -> dict[str, str]:
    """What the stack file asks for, and ZenML's client."""

    def at(service: str) -> str:
        return f"127.0.0.1:{settings[f'{service}_PORT']}"

    postgres = f"postgresql+psycopg://{{}}@{at('POSTGRES')}/{{}}"
    return {
        "ZENML_STORE_URL": f"http://{at('ZENML')}",
        "ZENML_STORE_API_KEY": key,
        "HOLDFAST_ZENML_URL": f"http://{at('ZENML')}",
        "HOLDFAST_S3_URL": f"http://{at('MINIO')}",
        "HOLDFAST_BUCKET": settings["HOLDFAST_BUCKET"],
        "HOLDFAST_MLFLOW_URL": f"http://{at('MLFLOW')}",
        "HOLDFAST_LEDGER_URL": postgres.format("ledger", "ledger"),
        "HOLDFAST_CRM_URL": postgres.format("crm", "crm"),
        "HOLDFAST_ONLINE_URL": f"redis://{at('REDIS')}/0",
        "HOLDFAST_SERVER_URL": f"http://{at('SERVER')}",
    }


@click.command()
def main() -> None:
    """Bring the servers up, and apply the stack that runs on them."""
    settings = settle(EXAMPLE, SETTINGS)
    files = ["--env-file", str(SETTINGS), "--file", str(OPS / "compose.yaml")]
    compose = [*engine(), *files]
    build(settings)
    bring_up(compose, within_seconds=HEALTHY_SECONDS)
    url = f"http://127.0.0.1:{settings['ZENML_PORT']}"
    try:
        key = account(url, settings, pairs(VARIABLES).get("ZENML_STORE_API_KEY"))
    except (HTTPError, URLError) as error:
        raise click.ClickException(
            f"ZenML's server at {url} refused: {error}; is ops/.env the one that its "
            "database was made with?"
        ) from None
    told = variables(settings, key)
    keep(VARIABLES, "".join(f"{name}={value}\n" for name, value in told.items()))
    command = [sys.executable, str(ROOT / "run.py"), "stacks", "apply", STACK]
    applied = _run(command, shown=True, environ={**os.environ, **told})
    if applied.returncode:
        sys.exit(applied.returncode)
    click.echo(
        f"The stack {STACK} is ready. In a shell of its own:\n"
        "  set -a; . ops/.staging.env; set +a\n"
        f"  .venv/bin/python run.py --pipeline training --stack {STACK}\n"
        f"ZenML {url} · MLflow {told['HOLDFAST_MLFLOW_URL']} · "
        f"Grafana http://127.0.0.1:{settings['GRAFANA_PORT']}; passwords in ops/.env\n"
        f"Ends with: {' '.join(compose)} down"
    )


def _run(
    command: Sequence[str],
    *,
    shown: bool = False,
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 (compose, docker, and our own run.py)
        command, check=False, capture_output=not shown, text=True, env=environ
    )


def _ask(url: str, body: bytes | None, headers: Mapping[str, str], method: str) -> Any:
    asked = Request(url, body, dict(headers), method=method)  # noqa: S310 (http)
    with urlopen(asked, timeout=30) as answer:  # noqa: S310 (the same)
        return json.load(answer)


if __name__ == "__main__":
    main()
