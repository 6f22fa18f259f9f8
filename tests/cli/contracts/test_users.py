"""Who uses which features, as ledgers filled by hand have it."""

import json
import sqlite3
from pathlib import Path

import msgspec
from click.testing import CliRunner

from cli.contracts.users import known_users, users_in, users_on
from cli.main import command
from cli.root import ROOT
from tests.ledger_histories import usual


def test_versions_in_use_are_named_with_their_features(here):
    usual(here.model).write(here.store("ledger"))

    found = users_on(ROOT, "local")

    features = ("tenure_days", "failed_payments_90d")
    told = {(user.version, user.stage) for user in found["subscriptions"]}
    assert told == {("2", "production"), ("4", "staging"), ("5", "waiting")}
    assert found["subscriptions"][0].features == features
    assert found["telco"] == ()


def test_what_is_printed_can_be_read_again(here, tmp_path):
    usual(here.model).write(here.store("ledger"))

    done = CliRunner().invoke(command, ["contracts", "users"], catch_exceptions=False)

    path = tmp_path / "users.json"
    path.write_text(done.stdout)
    assert users_in(path) == users_on(ROOT, "local")
    assert set(json.loads(done.stdout)) == set(msgspec.to_builtins(users_in(path)))


def test_a_ledger_that_cannot_be_read_leaves_the_versions_unknown(here):
    path = Path(here.store("ledger").removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE ledger_format (number INTEGER)")
    path.write_bytes(b"no database" * 100)

    found, unknown = known_users(ROOT, "local", None)

    assert found == {}
    assert "ledger" in unknown
