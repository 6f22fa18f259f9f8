"""Addresses that are none are told from the file, whoever would have been asked."""

import shutil

import pytest

from churn.errors import ConfigError
from cli.doctor.addresses import address_checks
from cli.doctor.doctor import check_before_run, doctor
from cli.doctor.finding import StackUnwellError
from cli.stacks.checking import check_stack
from cli.stacks.file import load_stack
from tests.cli.doctor.cases import case, notes, problems, stack
from tests.conftest import CHECKOUT
from tests.stack_variables import VARIABLES

SERVER = "https://zenml.invalid"
S3 = {"flavor": "s3", "configuration": {"path": "s3://a/b"}}


@pytest.fixture
def staging(tmp_path):
    """The stack of a team, with other values for some of its variables."""
    shutil.copytree(CHECKOUT / "configs", tmp_path / "configs")
    shutil.copytree(CHECKOUT / "steps", tmp_path / "steps")

    def filled(**changed):
        return load_stack("staging", root=tmp_path, environ=VARIABLES | changed)

    return filled


def told(*parts, **given):
    return problems(address_checks, case(*parts, **given))


def of(stack_file):
    from cli.stacks.addresses import address_faults

    return [str(fault) for fault in address_faults(stack_file)]


def test_the_shipped_addresses_are_ones(staging):
    assert of(staging()) == []


def test_a_redis_without_a_scheme_is_no_folder(staging):
    assert of(staging(HOLDFAST_ONLINE_URL="redis.nowhere.invalid:6379")) == [
        (
            "stores.online: 'redis.nowhere.invalid:6379' has no scheme; "
            "write redis://HOST:PORT/0"
        )
    ]


def test_an_mlflow_without_a_scheme_is_no_folder(staging):
    assert of(staging(HOLDFAST_MLFLOW_URL="mlflow.nowhere.invalid")) == [
        (
            "components.experiment_tracker: tracking_uri has no scheme; "
            "write https://mlflow.nowhere.invalid"
        )
    ]


def test_a_bucket_comes_without_a_scheme_and_each_place_says_the_same(staging):
    lines = [line.split(": ", 1) for line in of(staging(HOLDFAST_BUCKET="s3://mine"))]

    assert [where for where, _ in lines] == [
        "components.artifact_store",
        *(f"stores.{s}" for s in ("alerts", "exports", "predictions", "release")),
        "stores.tables",
    ]
    assert {line for _, line in lines} == {
        "s3://s3://mine: a bucket's name comes without s3://; write mine"
    }


def test_servers_without_a_scheme_are_told_how_to_be_written(staging):
    found = of(
        staging(
            HOLDFAST_ZENML_URL="zenml.example.com",
            HOLDFAST_S3_URL="s3.example.com:9000",
            HOLDFAST_SERVER_URL="ftp://models.example.com",
        )
    )

    s3 = "'s3.example.com:9000' has no scheme; write https://s3.example.com:9000"
    assert found == [
        "server: 'zenml.example.com' has no scheme; write https://zenml.example.com",
        f"components.artifact_store: {s3}",
        (
            "components.model_deployer: ftp:// is no address of a web server; "
            "write https://models.example.com"
        ),
        f"environment.AWS_ENDPOINT_URL: {s3}",
    ]


@pytest.mark.parametrize("folder", ["tables", "./tables", "sqlite:///ledger.db"])
def test_a_relative_path_is_none_where_a_server_is_shared(folder):
    assert len(told(server=SERVER, stores={"tables": folder})) == 1
    assert told(stores={"tables": folder}) == []
    assert told(server=SERVER, stores={"tables": "/srv/tables"}) == []
    assert told(server=SERVER, stores={"tables": "sqlite:////srv/t.db"}) == []


def test_a_password_in_such_an_address_is_not_shown():
    (line,) = told(server=SERVER, stores={"online": "me:hush@redis:6379"})

    assert line.startswith("stores.online: 'redis:6379' has no scheme; ")


def test_a_secret_that_the_stack_does_not_name_is_remarked_and_stops_nothing():
    given = {**S3["configuration"], "key": "{{prod.ID}}", "secret": "{{prod.KEY}}"}
    parts = {"artifact_store": {"flavor": "s3", "configuration": given}}
    of_two = case(parts, secrets=["shop"])

    (told_of,) = notes(address_checks, of_two)

    assert told_of == (
        "components.artifact_store: refers to the secret prod, which `secrets` does "
        "not name; if that is no slip, let it be; else add prod to `secrets`, or refer "
        "to shop"
    )
    assert problems(address_checks, of_two) == []


def test_before_a_run_one_line_tells_each_and_nobody_is_asked(staging, clean_zenml):
    wrong = staging(
        HOLDFAST_BUCKET="s3://mine",
        HOLDFAST_ZENML_URL="zenml.example.com",
        HOLDFAST_S3_URL="s3.example.com",
        HOLDFAST_ONLINE_URL="redis.invalid:6379",
    )

    with pytest.raises(StackUnwellError) as caught:
        check_before_run(wrong, root=CHECKOUT, environ={})

    said = str(caught.value)
    assert said.count("s3://s3://mine: a bucket's name") == 1
    assert said.count("'s3.example.com' has no scheme") == 1
    assert said.count("stores.online") == 1
    assert "no host" not in said


def test_a_library_is_not_asked_about_an_address_that_is_none(clean_zenml):
    endpoint = {"client_kwargs": {"endpoint_url": "s3.example.com"}}
    given = {**S3, "configuration": {**S3["configuration"], **endpoint}}

    found = doctor(
        stack({"artifact_store": given}), root=CHECKOUT, environ={}, quick=False
    )

    assert [f.told for f in found if f.is_problem] == ["'s3.example.com' has no scheme"]


def test_applying_refuses_the_first(staging):
    with pytest.raises(ConfigError, match=r"staging.yaml: server: 'z' has no scheme; "):
        check_stack(staging(HOLDFAST_ZENML_URL="z"))
