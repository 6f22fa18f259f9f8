"""`models keygen`: the pair signs and verifies; what is there is never replaced."""

import dataclasses
import os
import subprocess

import pytest

from churn.errors import ConfigError
from churn.scoring.keys import signing_key, trusted_keys
from cli.models.place import Place
from cli.models.promotion import approve_version
from cli.root import ROOT
from cli.stacks.file import load_stack
from registry.event import signed_content
from tests.ledger_histories import usual
from tests.model_commands import said, told


def test_what_a_person_does_is_signed_and_trusted(here, tmp_path, monkeypatch):
    variables = told("keygen", str(tmp_path / "keys"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    usual(here.model).write(here.store("ledger"))

    said("approve", "4", "--reason", "fine")

    last = here.events()[-1]
    trusted = trusted_keys(os.environ)
    fingerprint = trusted.check(last.signature, signed_content(last))
    assert fingerprint == signing_key(os.environ).fingerprint


@pytest.mark.zenml
def test_a_key_in_the_secret_of_the_stack_signs_and_is_trusted(
    clean_zenml, tmp_path, monkeypatch
):
    from zenml.client import Client

    monkeypatch.setattr("cli.models.acting.actor", lambda: "ada")
    Client().create_secret("hush", told("keygen", str(tmp_path / "keys")))
    stack = load_stack("local", root=ROOT, environ=os.environ)
    place = Place(ROOT, "subscriptions", dataclasses.replace(stack, secrets=("hush",)))
    usual(place.model).write(place.store("ledger"))

    approve_version(place, "4", "fine", as_json=True)

    last = place.events()[-1]
    assert place.trusted.check(last.signature, signed_content(last))
    assert "HOLDFAST_SIGNING_KEY" not in os.environ


def test_the_private_key_is_for_its_owner_alone(tmp_path):
    said("keygen", str(tmp_path / "keys"))

    assert (tmp_path / "keys" / "signing_key.pem").stat().st_mode & 0o777 == 0o600


def test_a_key_that_is_there_is_not_replaced(tmp_path):
    said("keygen", str(tmp_path))
    before = (tmp_path / "signing_key.pem").read_bytes()

    with pytest.raises(ConfigError, match="is there already and is not replaced"):
        said("keygen", str(tmp_path))

    assert (tmp_path / "signing_key.pem").read_bytes() == before


def test_a_person_gets_lines_to_paste(tmp_path):
    lines = said("keygen", str(tmp_path / "a folder")).splitlines()

    paste = "; ".join(lines)
    shown = f'{paste}; echo "$HOLDFAST_SIGNING_KEY,$HOLDFAST_TRUSTED_KEYS"'
    done = subprocess.run(
        ["/bin/sh", "-c", shown], capture_output=True, text=True, check=True
    )
    private, public = done.stdout.strip().split(",")
    assert private == f"file:{tmp_path / 'a folder' / 'signing_key.pem'}"
    assert public == str(tmp_path / "a folder" / "signing_key.pub.pem")
