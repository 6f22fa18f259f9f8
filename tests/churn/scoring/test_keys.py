import subprocess
import sys
from pathlib import Path

import pytest

from churn.errors import ConfigError
from churn.scoring.keys import (
    SignatureError,
    TrustedKeys,
    key_pair,
    signing_key,
    trusted_keys,
)
from tests.conftest import CHECKOUT

PRIVATE, PUBLIC = key_pair()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "signing_key.pem").write_bytes(PRIVATE)
    (tmp_path / "trusted").mkdir()
    (tmp_path / "trusted" / "ours.pub.pem").write_bytes(PUBLIC)
    return tmp_path


def by_file(folder: Path) -> dict[str, str]:
    return {"HOLDFAST_SIGNING_KEY": f"file:{folder}/signing_key.pem"}


def trusting(place: Path) -> TrustedKeys:
    return trusted_keys({"HOLDFAST_TRUSTED_KEYS": str(place)})


@pytest.mark.parametrize("place", ["trusted", "trusted/ours.pub.pem"])
def test_what_one_key_signs_its_public_key_verifies(folder: Path, place: str):
    key = signing_key(by_file(folder))

    signature = key.sign(b"content")

    trusted = trusting(folder / place)
    assert trusted.check(signature, b"content") == key.fingerprint


def test_trusted_keys_written_to_another_folder_are_the_same(folder: Path):
    copied = folder / "copied"
    copied.mkdir()

    for name, text in trusting(folder / "trusted").files().items():
        (copied / name).write_text(text)

    assert trusting(copied) == trusting(folder / "trusted")


def test_a_key_may_stand_in_a_variable(folder: Path):
    by_name = {"HOLDFAST_SIGNING_KEY": "env:KEY", "KEY": PRIVATE.decode()}

    signature = signing_key(by_name).sign(b"content")

    assert signature == signing_key(by_file(folder)).sign(b"content")


def test_without_a_reference_there_is_no_key():
    assert signing_key({}) is None
    assert trusted_keys({}) is None


def test_where_no_key_is_set_nothing_of_cryptography_is_loaded():
    code = (
        "import sys; from churn.scoring.keys import signing_key, trusted_keys;"
        "signing_key({}), trusted_keys({});"
        "sys.exit(any(name.startswith('cryptography') for name in sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=False)

    assert done.returncode == 0


def test_a_wrong_signature_is_refused(folder: Path):
    trusted, key = trusting(folder / "trusted"), signing_key(by_file(folder))
    stranger = {"HOLDFAST_SIGNING_KEY": "env:K", "K": key_pair()[0].decode()}
    foreign = signing_key(stranger).sign(b"content")
    wrong = {
        "": "expected a signature, found none; sign with HOLDFAST_SIGNING_KEY",
        foreign: "found one by '[0-9a-f]{16}'; add its public key",
        foreign.replace(foreign[:16], key.fingerprint): "does not fit what is signed",
        key.sign(b"contents"): "does not fit what is signed",
        key.sign(b"content")[:-1]: "does not fit what is signed",
    }

    for signature, told in wrong.items():
        with pytest.raises(SignatureError, match=told):
            trusted.check(signature, b"content")


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("file:/nowhere/key.pem", "/nowhere/key.pem: No such file"),
        ("env:ABSENT", "the environment lacks ABSENT"),
        ("env:PUBLIC", "expected a private Ed25519 key in PEM .* found none in env:"),
        ("env:NOISE", "models keygen FOLDER"),
        (PRIVATE.decode(), "expected file:/path or env:NAME$"),
    ],
)
def test_a_reference_that_leads_to_no_key_is_told_without_the_key(
    reference: str, told: str
):
    variables = {"HOLDFAST_SIGNING_KEY": reference, "PUBLIC": PUBLIC.decode()}

    with pytest.raises(ConfigError, match=told) as caught:
        signing_key(variables | {"NOISE": "s3cret"})
    assert "s3cret" not in str(caught.value)
    assert PRIVATE.decode()[30:60] not in str(caught.value)


def test_an_empty_folder_or_a_private_key_is_nothing_to_trust(folder: Path):
    with pytest.raises(ConfigError, match="expected \\*.pub.pem in .*, found none"):
        trusting(folder)
    with pytest.raises(ConfigError, match="expected a public Ed25519 key"):
        trusting(folder / "signing_key.pem")
    with pytest.raises(ConfigError, match="expected a public Ed25519 key"):
        trusting(folder / "absent.pub.pem")
