"""Addresses and references that cannot be right, found in the stack file alone."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from churn.errors import ConfigError
from cli.stacks.file import StackFile
from cli.stacks.sensitive import references

FORMS = {
    "crm": "postgresql+psycopg://NAME@HOST/DATABASE",
    "ledger": "postgresql+psycopg://NAME@HOST/DATABASE",
    "online": "redis://HOST:PORT/0",
}
BUCKET = "s3://BUCKET/PATH"
WEB = ("http://", "https://")
# Component and flavor: the setting that is the address of a web server.
WEB_SETTINGS = {
    ("model_deployer", "holdfast_seldon"): "url",
    ("model_deployer", "holdfast_server"): "url",
    ("orchestrator", "holdfast_kubeflow"): "kubeflow_hostname",
    ("orchestrator", "kubeflow"): "kubeflow_hostname",
}
ENDPOINT = "AWS_ENDPOINT_URL"
TWO_SCHEMES = re.compile(r"s3://([A-Za-z][\w+.-]*://)([^/]*)")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one key of the stack file, and the way out."""

    where: str
    told: str
    way_out: str

    def __str__(self) -> str:
        """The fault for a person."""
        return f"{self.where}: {self.told}; {self.way_out}"


def check_addresses(stack: StackFile) -> None:
    """Refuse a stack with an address that is none.

    Raises
    ------
    ConfigError
        Naming the first.
    """
    for fault in address_faults(stack):
        raise ConfigError(f"configs/stacks/{stack.name}.yaml: {fault}")


def address_faults(stack: StackFile) -> list[Fault]:
    """Every address that is none; nobody is asked."""
    return [*_of_servers(stack), *_of_buckets(stack), *_of_stores(stack)]


def secret_faults(
    components: Mapping[str, Any], secrets: Collection[str]
) -> list[Fault]:
    """Every component that refers to a secret which the stack does not name."""
    named = f", or refer to {' or '.join(secrets)}" if secrets else ""
    return [
        Fault(
            f"components.{kind}",
            f"refers to the secret {name}, which `secrets` does not name",
            f"add {name} to `secrets`{named}",
        )
        for kind, given in components.items()
        for name in dict.fromkeys(of for of, _ in references(given))
        if name not in secrets
    ]


def schemeless(url: str) -> tuple[str, str] | None:
    """What is wrong with a web address that has no scheme; None: nothing."""
    if "://" in url:
        return None
    # What stands before the @ may be a password.
    shown = url.rpartition("@")[2]
    return f"{shown!r} has no scheme", f"write https://{shown}"


def _of_servers(stack: StackFile) -> Iterator[Fault]:
    if stack.server is not None:
        yield from _web("server", stack.server)
    for kind, part in stack.components.items():
        where, given = f"components.{kind}", part.configuration
        setting = WEB_SETTINGS.get((kind, part.flavor))
        yield from _web(where, given.get(setting) if setting else None)
        if (kind, part.flavor) == ("artifact_store", "s3"):
            client = given.get("client_kwargs") or {}
            yield from _web(where, client.get("endpoint_url"))
        if (kind, part.flavor) == ("experiment_tracker", "mlflow"):
            yield from _tracking(stack, where, given.get("tracking_uri"))
    yield from _web(f"environment.{ENDPOINT}", stack.variables.get(ENDPOINT))


def _web(where: str, url: object) -> Iterator[Fault]:
    if not isinstance(url, str) or "{{" in url or url.startswith(WEB):
        return
    scheme, _, rest = url.partition("://")
    host = rest.rpartition("@")[2] or "HOST"
    told = schemeless(url) or (
        f"{scheme}:// is no address of a web server",
        f"write https://{host}",
    )
    yield Fault(where, *told)


def _tracking(stack: StackFile, where: str, url: object) -> Iterator[Fault]:
    """MLflow takes anything else for a folder, except `databricks`."""
    if not isinstance(url, str) or "{{" in url or stack.server is None:
        return
    fault = schemeless(url)
    if fault and not url.startswith(("/", "databricks")):
        yield Fault(where, "tracking_uri has no scheme", fault[1])


def _of_buckets(stack: StackFile) -> Iterator[Fault]:
    path = stack.components["artifact_store"].configuration.get("path")
    stores = {f"stores.{store}": url for store, url in stack.stores.items()}
    for where, url in {"components.artifact_store": path, **stores}.items():
        twice = TWO_SCHEMES.match(str(url))
        if twice:
            yield Fault(
                where,
                f"{twice[0]}: a bucket's name comes without {twice[1]}",
                f"write {twice[2] or 'its name'}",
            )


def _of_stores(stack: StackFile) -> Iterator[Fault]:
    """Whoever shares a server must not read a folder of wherever the command began."""
    if stack.server is None:
        return
    for store, url in stack.stores.items():
        where, form = f"stores.{store}", FORMS.get(store, BUCKET)
        fault = schemeless(url)
        if store == "spark" or url.startswith("/"):
            continue
        if fault is not None:
            yield Fault(where, fault[0], f"write {form}")
        elif re.match(r"sqlite:///[^/]", url):
            yield Fault(where, f"{url} is a relative path", f"write {form}")
