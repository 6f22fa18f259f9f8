"""`make staging` up to the stack: its secrets, its waiting, its account in ZenML."""

import importlib.util
import stat

import click
import pytest

from tests.conftest import CHECKOUT

PROGRAM = CHECKOUT / "ops" / "compose" / "staging.py"
EXAMPLE = """# The first line.
NAME=holdfast
PASSWORD=<random>

# The last.
KEY=<random>
"""
# Answers as compose and docker do, from files beside it: what runs, and how it fares.
DOCKER = """#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/asked"
case "$*" in
  "compose version") exit 0 ;;
  *" up "*) exit "$(cat "$here/up" 2>/dev/null || echo 0)" ;;
  *" ps "*) echo one two three ;;
  *" logs "*) echo "the last lines" ;;
  inspect*) head -n 3 "$here/states"
            sed -i '1,3d' "$here/states" ;;
esac
"""
WELL = "mariadb 0 healthy\nbucket 0 exited\nzenml 0 healthy\n"
NOT_YET = "mariadb 0 healthy\nbucket 0 running\nzenml 0 starting\n"
FAILED = "mariadb 0 healthy\nbucket 1 exited\nzenml 0 healthy\n"


@pytest.fixture(scope="module")
def program():
    spec = importlib.util.spec_from_file_location("ops_compose_staging", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def docker(tmp_path, monkeypatch):
    path = tmp_path / "docker"
    path.write_text(DOCKER)
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def test_each_secret_is_of_its_own_and_for_nobody_else(program, tmp_path):
    (tmp_path / "example").write_text(EXAMPLE)

    told = program.settle(tmp_path / "example", tmp_path / "own")

    assert told["NAME"] == "holdfast"
    assert len({told["PASSWORD"], told["KEY"]}) == 2
    assert all(len(bytes.fromhex(told[name])) == 24 for name in ("PASSWORD", "KEY"))
    assert stat.S_IMODE((tmp_path / "own").stat().st_mode) == 0o600
    assert (tmp_path / "own").read_text().startswith("# The first line.\nNAME=")


def test_what_was_chosen_stays_and_what_is_new_is_added(program, tmp_path):
    (tmp_path / "example").write_text(EXAMPLE)
    (tmp_path / "own").write_text("# mine\nPASSWORD=a=b\nPORT=1\n")

    first = program.settle(tmp_path / "example", tmp_path / "own")
    text = (tmp_path / "own").read_text()
    second = program.settle(tmp_path / "example", tmp_path / "own")

    assert first == second
    assert text == (tmp_path / "own").read_text()
    assert text.startswith("# mine\nPASSWORD=a=b\nPORT=1\nNAME=holdfast\nKEY=")
    assert (first["PASSWORD"], first["PORT"]) == ("a=b", "1")


def test_the_shipped_example_leaves_no_secret_to_chance(program, tmp_path):
    told = program.settle(CHECKOUT / "ops" / ".env.example", tmp_path / "own")

    assert "<" not in "".join(told.values())
    assert set(program.IN_THE_SECRET) <= set(told)


def test_it_waits_until_all_are_healthy_or_done(program, docker, monkeypatch):
    monkeypatch.setattr(program, "PAUSE_SECONDS", 0.0)
    (docker / "states").write_text(NOT_YET + NOT_YET + WELL)
    compose = [*program.engine(), "--file", "x"]

    program.bring_up(compose, within_seconds=60.0)

    asked = (docker / "asked").read_text().splitlines()
    assert compose == ["docker", "compose", "--file", "x"]
    assert asked.count("compose --file x ps --all --quiet") == 3
    assert not [line for line in asked if " logs " in line]


@pytest.mark.parametrize(
    ("states", "named"), [(NOT_YET, "bucket, zenml"), (FAILED, "bucket")]
)
def test_who_does_not_become_healthy_is_named_and_heard(
    program, docker, monkeypatch, capfd, states, named
):
    (docker / "states").write_text(states)

    with pytest.raises(click.ClickException) as error:
        program.bring_up(["docker", "compose"], within_seconds=-1.0)

    assert error.value.message.startswith(f"not healthy after -1 s: {named};")
    assert capfd.readouterr().out.count("the last lines") == len(named.split(", "))


def test_a_compose_that_fails_is_an_end(program, docker):
    (docker / "up").write_text("1")

    with pytest.raises(click.ClickException, match="could not start"):
        program.bring_up(["docker", "compose"], within_seconds=1.0)


def test_only_images_that_nobody_named_are_built(program, tmp_path, monkeypatch):
    (tmp_path / "docker").mkdir()
    builder = tmp_path / "docker" / "build"
    builder.write_text('#!/bin/sh\necho "$*" >> "$(dirname "$0")/asked"\nexit 1\n')
    builder.chmod(0o755)
    monkeypatch.setattr(program, "OPS", tmp_path)
    named = {"HOLDFAST_IMAGE": "registry/x@sha256:1", "HOLDFAST_SERVING_IMAGE": "y:1"}

    program.build(named)
    with pytest.raises(
        click.ClickException, match="could not build serving; .*SERVING"
    ):
        program.build({**named, "HOLDFAST_SERVING_IMAGE": ""})

    asked = (tmp_path / "docker" / "asked").read_text()
    assert asked == "--builder docker --tag staging serving\n"


def test_without_an_engine_another_way_is_named(program, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(click.ClickException, match="-m tests.staging"):
        program.engine()


def test_the_stack_finds_all_that_it_asks_for(program, tmp_path):
    from cli.stacks.file import load_stack

    settings = program.settle(CHECKOUT / "ops" / ".env.example", tmp_path / "own")

    told = program.variables(settings, "key")
    stack = load_stack("staging", root=CHECKOUT, environ=told)

    assert list(stack.secrets) == ["holdfast-staging"]
    assert stack.server == told["ZENML_STORE_URL"] == "http://127.0.0.1:8237"
    assert stack.stores["ledger"] == "postgresql+psycopg://ledger@127.0.0.1:5432/ledger"
    assert not [
        name
        for name in program.IN_THE_SECRET
        if settings[name] in str(told) and name.endswith("PASSWORD")
    ]


@pytest.mark.server
def test_an_account_is_made_once_and_its_key_kept_while_it_is_good(
    program, zenml_server
):
    from tests.staging.zenml_server import ADMIN
    from tests.storage.servers import PASSWORD

    settings = dict.fromkeys(program.IN_THE_SECRET, "first")
    settings |= {"ZENML_ADMIN_NAME": ADMIN, "ZENML_ADMIN_PASSWORD": PASSWORD}
    url = zenml_server.url
    key = program.account(url, settings, None)
    again = program.account(url, settings, key)
    changed = {**settings, "HOLDFAST_CRM_PASSWORD": "second"}
    renewed = program.account(url, changed, "ZENKEY_no_longer_good")

    robot = program.ZenmlServer(url, {"password": renewed})
    (secret,) = robot.ask("GET", "secrets?name=holdfast-staging")["items"]
    values = robot.ask("GET", f"secrets/{secret['id']}")["body"]["values"]

    assert again == key != renewed
    assert values["HOLDFAST_CRM_PASSWORD"] == "second"  # noqa: S105
    assert values["AWS_ACCESS_KEY_ID"] == "first"
