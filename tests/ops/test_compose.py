"""What `make staging` starts: closed to others, checked, told the same everywhere."""

import functools
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from serving.settings import Settings, settings_of, variable_of
from tests.conftest import CHECKOUT
from tests.ops.prometheus.test_rules import promtool

OPS = CHECKOUT / "ops"
COMPOSE = OPS / "compose.yaml"
EXAMPLE = OPS / ".env.example"
SCRIPTS = sorted((OPS / "compose").glob("*.sh"))
VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_0-9]+)(:[-?][^}]*)?\}")
ONCE = {"bucket"}
OURS = {"mlflow", "server"}
EXACT = re.compile(r":v?\d+\.\d+|:RELEASE\.\d{4}|:-holdfast-[a-z]+:staging\}$")
SECRET = re.compile(r"PASSWORD|SECRET|(?<!ACCESS)_KEY$")


@functools.cache
def compose() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text())


def services() -> dict[str, dict[str, Any]]:
    return compose()["services"]


def example() -> dict[str, str]:
    lines = EXAMPLE.read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line[:1] not in {"", "#"})


@pytest.mark.long
def test_docker_compose_reads_it():
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("docker-compose is not installed")
    command = [program, "--env-file", EXAMPLE, "--file", COMPOSE, "config", "--quiet"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


def test_every_variable_is_in_the_example_and_each_there_is_used():
    text = COMPOSE.read_text()
    named = {name for name, _ in VARIABLE.findall(text)}

    assert named | {"COMPOSE_PROJECT_NAME"} == set(example())


def test_a_secret_is_made_at_random_and_compose_refuses_to_start_without_it():
    required = {
        name
        for name, rest in VARIABLE.findall(COMPOSE.read_text())
        if rest.startswith(":?")
    }
    own = {name for name, value in example().items() if value == "<random>"}

    assert own <= required
    # The key of PagerDuty is nobody's to make up.
    secret = {name for name in example() if SECRET.search(name)}
    assert secret - own == {"ALERT_PAGERDUTY_KEY"}


def test_no_port_is_open_beyond_this_machine():
    ports = [port for one in services().values() for port in one.get("ports", ())]

    assert len(ports) == 10
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert not [name for name, one in services().items() if "network_mode" in one]


@pytest.mark.parametrize("name", sorted(services()))
def test_a_service_is_pinned_bounded_and_watched(name):
    service = services()[name]

    assert EXACT.search(service["image"]), service["image"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"]["max-size"]
    if name in ONCE:
        assert service["restart"] == "no"
        return
    assert service["restart"] == "unless-stopped"
    assert service["mem_limit"]
    # The server's own image brings its check along.
    assert "healthcheck" in service or name == "server"


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_own_images_run_read_only_and_without_rights(name):
    service = services()[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["tmpfs"] == ["/tmp"]  # noqa: S108 (the container's)


def test_what_is_waited_for_can_become_so():
    found = services()
    for name, one in found.items():
        for other, how in one.get("depends_on", {}).items():
            expected = "service_completed_successfully"
            if other not in ONCE:
                expected = "service_healthy"
                assert "healthcheck" in found[other], (name, other)
            assert how == {"condition": expected}, (name, other)


def test_data_outlives_a_container_and_what_is_mounted_exists():
    kept = {}
    for name, one in services().items():
        for volume in one.get("volumes", ()):
            source, target, *mode = volume.split(":")
            if source.startswith("."):
                assert (OPS / source).exists(), volume
                assert mode == ["ro"], volume
            else:
                kept[source] = (name, target)

    assert set(kept) == set(compose()["volumes"])
    assert {name for name, _ in kept.values()} >= {"mariadb", "postgres", "minio"}


def test_the_server_takes_every_variable_that_it_is_given():
    told = {
        name: VARIABLE.sub(r"\1", value).replace(":-", "")
        for name, value in services()["server"]["environment"].items()
    }
    known = {variable_of(name) for name in Settings.__struct_fields__}
    ours = {name for name in told if name.startswith("HOLDFAST_")}

    settings = settings_of({}, told)

    assert ours - {"HOLDFAST_ONLINE_PASSWORD"} <= known
    assert str(settings.release).startswith("s3://")


def test_zenmls_server_is_of_the_clients_version():
    assert services()["zenml"]["image"].endswith(f":{version('zenml')}")


def test_prometheus_looks_as_elsewhere_and_tells_alertmanager(tmp_path):
    here = yaml.safe_load((OPS / "compose" / "prometheus.yaml").read_text())
    elsewhere = yaml.safe_load((OPS / "prometheus" / "prometheus.yaml").read_text())
    shutil.copy(OPS / "compose" / "prometheus.yaml", tmp_path)
    shutil.copy(OPS / "prometheus" / "rules.yaml", tmp_path)

    done = promtool("check", "config", tmp_path / "prometheus.yaml")

    assert done.returncode == 0, done.stdout + done.stderr
    assert here["global"] == elsewhere["global"]
    assert here["rule_files"] == elsewhere["rule_files"] == ["rules.yaml"]
    names = [job["job_name"] for job in here["scrape_configs"]]
    assert names == [job["job_name"] for job in elsewhere["scrape_configs"]]
    (told,) = here["alerting"]["alertmanagers"]
    targets = [here["scrape_configs"][0], told]
    for one in targets:
        (target,) = one["static_configs"][0]["targets"]
        assert target.partition(":")[0] in services()


def test_grafana_finds_prometheus_and_the_dashboard():
    provisioned = OPS / "grafana" / "provisioning"
    mounted = dict(volume.split(":")[:2] for volume in services()["grafana"]["volumes"])
    (source,) = _read(provisioned / "datasources" / "prometheus.yaml")["datasources"]
    (provider,) = _read(provisioned / "dashboards" / "holdfast.yaml")["providers"]
    shown = mounted["./grafana/dashboard.json"]

    assert (source["type"], source["url"]) == ("prometheus", "http://prometheus:9090")
    assert shown.startswith(provider["options"]["path"])
    home = services()["grafana"]["environment"]
    assert home["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] == shown
    scraped = _read(OPS / "compose" / "prometheus.yaml")["global"]["scrape_interval"]
    assert source["jsonData"]["timeInterval"] == scraped


def test_shellcheck_finds_nothing():
    program = shutil.which("shellcheck")
    if program is None:
        pytest.skip("shellcheck is not installed")

    done = subprocess.run(
        [program, *SCRIPTS], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "")


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())
