"""Where keys are demanded, only a bundle that one of them signed is loaded."""

import json

import pytest

from churn.errors import BundleError
from churn.scoring.bundle import load_bundle, signed
from churn.scoring.keys import SigningKey, TrustedKeys, key_pair, signing_key
from churn.scoring.manifest import SIGNATURE
from churn.scoring.signature import check_signature, signature_file, signed_by
from tests.snapshot_rows import bundle


def new_key() -> SigningKey:
    return signing_key(
        {"HOLDFAST_SIGNING_KEY": "env:KEY", "KEY": key_pair()[0].decode()}
    )


KEY, STRANGER = new_key(), new_key()
TRUSTED = TrustedKeys({KEY.fingerprint: KEY.private.public_key()})


def test_a_signed_bundle_is_the_same_model_and_loads_with_and_without_keys():
    plain = bundle("xgboost")

    done = signed(plain, KEY)

    assert load_bundle(done.files, trusted=TRUSTED).bundle_sha256 == plain.bundle_sha256
    assert set(load_bundle(done.files).files) == {*plain.files, SIGNATURE}
    assert check_signature(done.files, TRUSTED) == KEY.fingerprint


def test_without_a_key_a_bundle_stays_as_it_is():
    plain = bundle("xgboost")

    assert signed(plain, None) is plain


def test_an_unsigned_bundle_is_refused():
    with pytest.raises(BundleError, match="expected a signed bundle, found no signat"):
        load_bundle(bundle("xgboost").files, trusted=TRUSTED)


def test_a_signature_without_what_it_signs_is_refused():
    files = dict(signed(bundle("xgboost"), KEY).files)
    del files["manifest.json"]

    with pytest.raises(BundleError, match="found no manifest.json"):
        load_bundle(files, trusted=TRUSTED)
    assert signed_by(files, TRUSTED) is None


def test_a_strangers_bundle_is_refused():
    files = signed(bundle("xgboost"), STRANGER).files

    with pytest.raises(BundleError, match=f"found one by '{STRANGER.fingerprint}'"):
        load_bundle(files, trusted=TRUSTED)


@pytest.mark.parametrize("name", ["manifest.json", "model.onnx", "golden.json"])
def test_an_altered_file_is_refused_although_the_signature_is_ours(name: str):
    files = dict(signed(bundle("xgboost"), KEY).files)
    files[name] += b" "

    with pytest.raises(BundleError, match="altered"):
        load_bundle(files, trusted=TRUSTED)


def test_the_signature_of_another_bundle_is_refused():
    other = signature_file(bundle("random_forest").files, KEY)
    files = {**bundle("xgboost").files, SIGNATURE: other}

    with pytest.raises(BundleError, match="does not fit what is signed"):
        load_bundle(files, trusted=TRUSTED)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"signature": 1}'])
def test_a_signature_file_that_is_none_is_refused(content: bytes):
    with pytest.raises(BundleError, match=SIGNATURE):
        load_bundle({**bundle("xgboost").files, SIGNATURE: content}, trusted=TRUSTED)


def test_a_manifest_may_not_list_the_signature_as_its_own():
    files = dict(signed(bundle("xgboost"), KEY).files)
    manifest = json.loads(files["manifest.json"])
    manifest["files"][SIGNATURE] = {"sha256": "", "size": 0}
    files["manifest.json"] = json.dumps(manifest).encode()

    with pytest.raises(BundleError, match="expected the files"):
        load_bundle(files)


def test_who_signed_is_told_only_of_trusted_keys():
    ours, foreign = (signed(bundle("xgboost"), k).files for k in (KEY, STRANGER))

    assert signed_by(ours, TRUSTED) == KEY.fingerprint
    assert signed_by(foreign, TRUSTED) is None
    assert signed_by(ours, None) is None
