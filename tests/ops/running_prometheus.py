"""A real Prometheus in a process of its own, asked through its HTTP API."""

import json
import math
import shutil
import signal
import subprocess
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Self

import pytest
import yaml

from tests.conftest import CHECKOUT
from tests.model_servers import free_port
from tests.serving.running import wait_for

OPS = CHECKOUT / "ops"
JOB = "holdfast-small"


def binary(name: str) -> str:
    """Where a program of Debian's package `prometheus` is; without it, skip."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (apt-get install prometheus)")
    return found


class RunningPrometheus:
    """Scrapes one server with our own configuration and rules, only faster."""

    def __init__(self, folder: Path, port: int, key: Path) -> None:
        self._program = binary("prometheus")
        self._folder = folder
        self._port = free_port()
        _configure(folder, port, key)

    def __enter__(self) -> Self:
        arguments = {
            "config.file": self._folder / "prometheus.yaml",
            "storage.tsdb.path": self._folder / "data",
            "web.listen-address": f"127.0.0.1:{self._port}",
            "log.level": "warn",
        }
        self._said = (self._folder / "said.txt").open("wb")
        self._process = subprocess.Popen(
            [self._program, *(f"--{key}={value}" for key, value in arguments.items())],
            stderr=self._said,
        )
        wait_for(self._is_ready)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()

    def query(self, expression: str) -> dict[frozenset[tuple[str, str]], float]:
        """The value now of each series, by its labels; those that are no number not."""
        found = self.asked("query", query=expression)["result"]
        values = {
            frozenset(one["metric"].items()): float(one["value"][1]) for one in found
        }
        return {k: value for k, value in values.items() if not math.isnan(value)}

    def firing(self) -> set[str]:
        """Names of the alerts that fire."""
        found = self.asked("alerts")["alerts"]
        return {one["labels"]["alertname"] for one in found if one["state"] == "firing"}

    def rules(self) -> list[dict[str, Any]]:
        """All rules, as they fare."""
        return [
            rule for group in self.asked("rules")["groups"] for rule in group["rules"]
        ]

    def asked(self, path: str, **parameters: str) -> Any:
        """The data of one answer; an error in an expression is one here too."""
        query = urllib.parse.urlencode(parameters)
        address = f"http://127.0.0.1:{self._port}/api/v1/{path}?{query}"
        with urllib.request.urlopen(address, timeout=10) as answer:
            found = json.loads(answer.read())
        assert found["status"] == "success", found
        assert not found.get("warnings"), found
        return found["data"]

    def _is_ready(self) -> bool:
        try:
            address = f"http://127.0.0.1:{self._port}/-/ready"
            with urllib.request.urlopen(address, timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


def _configure(folder: Path, port: int, key: Path) -> None:
    """Our files, with this target, its key, short pauses, and alerts at once."""
    folder.mkdir()
    config = yaml.safe_load((OPS / "prometheus" / "prometheus.yaml").read_text())
    config["global"] = {"scrape_interval": "250ms", "evaluation_interval": "500ms"}
    config["global"]["scrape_timeout"] = "250ms"
    (job,) = config["scrape_configs"]
    job["job_name"] = JOB
    job["authorization"] = {"type": "Bearer", "credentials_file": str(key)}
    job["static_configs"] = [{"targets": [f"127.0.0.1:{port}"]}]
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
    rules = yaml.safe_load((OPS / "prometheus" / "rules.yaml").read_text())
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule.pop("for", None)
    (folder / "rules.yaml").write_text(yaml.safe_dump(rules))
