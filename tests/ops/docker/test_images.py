"""The built images, run as a cluster runs them: no rights, nothing to write to."""

import json
import os
import shutil
import subprocess
import uuid

import pytest

from tests.conftest import CHECKOUT
from tests.ops.engine import (
    REASONS,
    address,
    answer,
    docker,
    image,
    inspected,
    running,
    until,
)
from tests.serving.served import CUSTOMER, FORMAT_1, shop
from tests.serving.small_bundles import publish, release_of

pytestmark = pytest.mark.cluster

BUILDAH = shutil.which("buildah")
BASE = "HOLDFAST_TEST_BASE"
MOST_BYTES = 250_000_000
HARDENED = ("--rm", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL")  # noqa: S108
NAMES = ["holdfast-pipeline", "holdfast-serving", "holdfast-seldon"]
EVERY_MODULE = """
import importlib, pathlib
for path in sorted(pathlib.Path().glob("*/**/*.py")):
    name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    if path.parts[0] in ("steps", "pipelines", "cli", "flavors", "materializers"):
        importlib.import_module(name)
import kfp, kubernetes, s3fs, zenml.entrypoints.entrypoint
"""


@pytest.mark.parametrize("name", NAMES)
def test_an_image_says_what_it_is_made_of_and_whose_rights_it_has(name):
    made = inspected(image(name))["Config"]

    labels = {
        k.removeprefix("org.opencontainers.image."): v
        for k, v in made["Labels"].items()
    }
    assert labels["title"] == name
    assert len(labels["revision"].removesuffix("-dirty")) == 40
    assert {"created", "base.name", "licenses"} <= set(labels)
    assert made["User"] == "10001:10001"
    assert made["Healthcheck"]["Test"]


def test_the_serving_image_adds_no_more_than_250_mb_to_its_base():
    made = inspected(image("holdfast-serving"))
    base = inspected(made["Config"]["Labels"]["org.opencontainers.image.base.name"])
    layers = base["RootFS"]["Layers"]

    assert made["RootFS"]["Layers"][: len(layers)] == layers
    assert made["Size"] - base["Size"] <= MOST_BYTES


def test_the_server_answers_with_nothing_but_a_state_folder_and_ends_when_told(
    tmp_path,
):
    shutil.copytree(FORMAT_1, tmp_path / "bundle")
    served = release_of(shop_at("/models/bundle"), sequence=1, model="churn-small")
    publish(tmp_path, served)
    tmp_path.chmod(0o755)
    given = ("--volume", f"{tmp_path}:/models:ro")
    asked = ("--release", f"/models/{served.model}.json")

    with running(image("holdfast-serving"), *asked, options=given) as container:
        host = address(container)
        until(lambda: answer(host, 8080, "/health/ready")[0] == 200)
        body = {"customer_id": "c1", "customer_value": 840, "values": CUSTOMER}
        status, told = answer(host, 8080, "/predict?reasons=2", body)
        health = lambda: inspected(container)["State"]["Health"]["Status"]  # noqa: E731
        until(lambda: health() == "healthy")
        docker("stop", "--time", "60", container)
        state = inspected(container)["State"]
        said = docker("logs", container)

    assert status == 200
    assert len(told["predictions"][0]["reasons"]) == 2
    assert (state["ExitCode"], state["OOMKilled"]) == (0, False), said


def shop_at(folder):
    from churn.scoring.release import Served

    return Served("1", folder, shop().bundle_sha256)


def test_reasons_of_trees_need_nothing_that_the_serving_image_leaves_out():
    told = docker(
        *("run", *HARDENED, "--entrypoint", "python"),
        *(image("holdfast-serving"), "-c", REASONS),
    )

    assert told == "(8, 9)\n"


def test_seldon_s_wrapper_answers_what_the_bundle_says_of_itself(tmp_path):
    shutil.copytree(FORMAT_1, tmp_path / "bundle")
    tmp_path.chmod(0o755)
    given = ("--volume", f"{tmp_path}/bundle:/mnt/models:ro")
    golden = json.loads((FORMAT_1 / "golden.json").read_text())
    names, columns = [*golden["columns"]], golden["columns"].values()
    rows = [[*row, 840.0] for row in zip(*columns, strict=True)]
    message = {"data": {"names": [*names, "customer_value"], "ndarray": rows}}

    with running(image("holdfast-seldon"), options=given) as container:
        host = address(container)
        until(lambda: answer(host, 9000, "/health/ping")[0] == 200)
        status, told = answer(host, 9000, "/api/v1.0/predictions", message)

    assert status == 200, told
    place = told["data"]["names"].index("probability")
    found = [row[place] for row in told["data"]["ndarray"]]
    assert found == pytest.approx(golden["probability"], abs=1e-6)


def test_every_step_pipeline_and_command_can_be_imported_in_the_pipeline_image():
    told = docker(
        *("run", *HARDENED, "--network", "none", image("holdfast-pipeline")),
        *("python", "-W", "ignore", "-c", EVERY_MODULE),
    )

    assert "Error" not in told


def test_the_command_line_runs_in_the_pipeline_image():
    told = docker(
        *("run", *HARDENED, "--network", "none", image("holdfast-pipeline")),
        *("python", "run.py", "--pipeline", "training", "--dry-run"),
    )

    assert "fit_model" in told


def test_two_builds_of_a_commit_on_one_base_are_the_same_to_the_byte(tmp_path):
    base = os.environ.get(BASE)
    if base is None or BUILDAH is None:
        pytest.skip(f"needs buildah, and {BASE}: an image with Python 3.11")
    clone = ["git", "clone", "--quiet", str(CHECKOUT), str(tmp_path)]
    subprocess.run(clone, check=True)

    built = [layers_of(tmp_path, base) for _ in range(2)]

    assert built[0] == built[1]
    assert built[0][0]


def layers_of(checkout, base):
    """What the serving image is made of, built anew: its layers, and how it runs."""
    asked = [checkout / "ops/docker/build", "--builder", "buildah", "--base", base]
    tag = ["--tag", uuid.uuid4().hex]
    done = subprocess.run(
        [*asked, *tag, "serving"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    name = done.stdout.split("\t")[0]
    made = subprocess.run(
        [BUILDAH, "inspect", "--type", "image", name], capture_output=True, check=True
    )
    subprocess.run([BUILDAH, "rmi", name], capture_output=True, check=True)
    found = json.loads(made.stdout)
    # The names of the containers that built it are in another part.
    return found["OCIv1"]["rootfs"]["diff_ids"], found["OCIv1"]["config"]
