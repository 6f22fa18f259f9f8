from pathlib import Path

import pytest

from churn.scoring.keys import SIGNING_KEY, TRUSTED_KEYS, key_pair
from pipelines.caching import SOURCES, fingerprint, key_fingerprints


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in SOURCES:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "code.py").write_text("x = 2\n")
    (tmp_path / "requirements.txt").write_text("xgboost==3.2.0")
    return tmp_path


def test_another_lock_changes_the_fingerprint(checkout: Path) -> None:
    before = fingerprint(checkout)

    (checkout / "requirements.txt").write_text("xgboost==3.4.1")

    assert fingerprint(checkout) != before


@pytest.mark.parametrize("folder", SOURCES)
def test_changing_a_source_file_changes_the_fingerprint(
    folder: str, checkout: Path
) -> None:
    before = fingerprint(checkout)

    (checkout / folder / "code.py").write_text("x = 10\n")

    assert fingerprint(checkout) != before


def test_renaming_a_source_file_changes_the_fingerprint(checkout: Path) -> None:
    before = fingerprint(checkout)

    (checkout / "churn" / "code.py").rename(checkout / "churn" / "other.py")

    assert fingerprint(checkout) != before


def test_compiled_files_and_data_change_nothing(checkout: Path) -> None:
    before = fingerprint(checkout)

    (checkout / "churn" / "code.pyc").write_bytes(b"compiled")

    assert fingerprint(checkout) == before


def test_another_key_to_sign_or_to_trust_is_another_key_of_the_cache(
    tmp_path: Path,
) -> None:
    private, public = key_pair()
    (tmp_path / "a.pub.pem").write_bytes(public)
    signs = {SIGNING_KEY: "env:KEY", "KEY": private.decode()}
    trusts = {TRUSTED_KEYS: str(tmp_path)}

    found = [key_fingerprints(variables) for variables in ({}, signs, trusts)]

    assert len(set(found)) == 3
    assert key_fingerprints(signs) == found[1]
