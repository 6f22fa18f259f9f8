"""Who hears of an alert: by amtool, and by a real Alertmanager that tells them."""

import json
import os
import shutil
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.model_servers import free_port
from tests.ops.running_prometheus import OPS
from tests.serving.running import wait_for

CONFIG = OPS / "alertmanager" / "alertmanager.yaml"
START = OPS / "compose" / "alertmanager.sh"
RULES = OPS / "prometheus" / "rules.yaml"
RECEIVERS = {
    "page": {"pagerduty_configs", "slack_configs", "webhook_configs"},
    "ticket": {"slack_configs", "webhook_configs"},
    "webhook": {"webhook_configs"},
}
SAID = ["--annotation=summary=It is down", "--annotation=action=Start it"]


def amtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = _program("amtool")
    command = [program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def config() -> dict[str, Any]:
    return yaml.safe_load(CONFIG.read_text())


def alerts() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    return {rule["alert"]: rule for rule in rules}


def test_amtool_finds_nothing_wrong():
    done = amtool("check-config", CONFIG)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("severity", "receiver"),
    [
        ("page", "page"),
        ("ticket", "ticket"),
        ("info", "webhook"),
        ("of another team", "webhook"),
    ],
)
def test_a_severity_goes_its_way(severity, receiver):
    route = ["config", "routes", "test", "--config.file", CONFIG]

    done = amtool(*route, f"severity={severity}", f"--verify.receivers={receiver}")

    assert (done.returncode, done.stdout.split("\n")[0]) == (0, receiver), done.stderr


def test_only_a_page_wakes_and_all_is_kept_by_the_webhook():
    found = {
        one["name"]: {key for key in one if key.endswith("_configs")}
        for one in config()["receivers"]
    }

    assert found == RECEIVERS


def test_every_severity_of_the_rules_has_a_route():
    routed = {
        matcher.removeprefix('severity="').removesuffix('"')
        for route in config()["route"]["routes"]
        for matcher in route["matchers"]
    }
    told = {rule["labels"]["severity"] for rule in alerts().values()}

    assert told - routed == {"info"}
    assert routed <= told


def test_what_silences_and_is_silenced_are_alerts_that_exist():
    named = {
        name
        for rule in config()["inhibit_rules"]
        for matcher in (*rule["source_matchers"], *rule["target_matchers"])
        if matcher.startswith("alertname")
        for name in matcher.partition('"')[2].rstrip('"').split("|")
    }

    assert named
    assert named <= set(alerts())


def test_no_secret_is_in_the_file():
    text = CONFIG.read_text()

    assert not [
        word for word in ("api_url:", "routing_key:", "service_key:") if word in text
    ]


@pytest.mark.server
def test_a_page_reaches_everybody_a_ticket_slack_and_what_it_explains_nobody(tmp_path):
    with heard() as (address, said), alertmanager(tmp_path, address) as url:
        own = ["alert", "add", f"--alertmanager.url={url}", *SAID]
        assert amtool(*own, "HoldfastDown", "severity=page", "job=a").returncode == 0
        amtool(*own, "HoldfastSlow", "severity=ticket", "job=b")
        amtool(*own, "HoldfastScoreDrift", "severity=info", "job=c")
        wait_for(lambda: len(said) >= 6)
        # Explained by the page above, so nobody is told.
        amtool(*own, "HoldfastSlow", "severity=ticket", "job=a")
        amtool(*own, "HoldfastNotSo", "severity=ticket", "job=d")
        wait_for(lambda: any("d" in jobs for _, jobs in ways(said)))

    assert sorted(ways(said)) == [
        ("pagerduty", "a"),
        ("slack", "a"),
        ("slack", "b"),
        ("slack", "d"),
        ("webhook", "a"),
        ("webhook", "b"),
        ("webhook", "c"),
        ("webhook", "d"),
    ]
    page = next(body for way, body in said if way == "pagerduty")
    assert page["routing_key"] == "key of ours"
    assert page["payload"]["summary"] == "a: It is down"
    assert page["payload"]["custom_details"]["action"] == "Start it"


def ways(said: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Who was told about which job."""
    return [(way, _job(way, body)) for way, body in list(said)]


def _job(way: str, body: Any) -> str:
    if way == "webhook":
        return body["commonLabels"]["job"]
    told = (
        body["payload"]["summary"]
        if way == "pagerduty"
        else body["attachments"][0]["title"]
    )
    return told.partition(":")[0]


@contextmanager
def heard() -> Iterator[tuple[str, list[tuple[str, Any]]]]:
    """A server in place of Slack, PagerDuty and the webhook, and what it was sent."""
    said: list[tuple[str, Any]] = []

    class Ears(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            said.append((self.path.strip("/"), json.loads(body)))
            self.send_response(202 if "pagerduty" in self.path else 200)
            self.end_headers()
            self.wfile.write(
                b'{"status": "success"}' if "pager" in self.path else b"ok"
            )

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Ears) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", said
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def alertmanager(folder: Path, address: str) -> Iterator[str]:
    """One as compose starts it, only faster, and with PagerDuty's address."""
    program = _program("prometheus-alertmanager", "alertmanager")
    faster = config()
    faster["global"]["pagerduty_url"] = f"{address}/pagerduty"
    for route in (faster["route"], *faster["route"]["routes"]):
        route["group_wait"] = "50ms"
    (folder / "given.yaml").write_text(yaml.safe_dump(faster))
    port = free_port()
    listening = [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
    environ = {
        "ALERTMANAGER": program,
        "ALERTMANAGER_CONFIG": str(folder / "given.yaml"),
        "ALERTMANAGER_FOLDER": str(folder),
        "SLACK_URL": f"{address}/slack",
        "PAGERDUTY_KEY": "key of ours",
        "WEBHOOK_URL": f"{address}/webhook",
    }
    with (folder / "said.txt").open("w") as output:
        process = subprocess.Popen(
            ["/bin/sh", START, *listening, f"--storage.path={folder}/data"],
            env=os.environ | environ,
            stdout=output,
            stderr=output,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(lambda: _answers(f"{url}/-/ready"))
            yield url
        finally:
            process.terminate()
            process.wait(timeout=20)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):
            return True
    except OSError:
        time.sleep(0.05)
        return False


def _program(*names: str) -> str:
    for name in names:
        if found := shutil.which(name):
            return found
    pytest.skip(
        f"{names[0]} is not installed (apt-get install prometheus-alertmanager)"
    )
