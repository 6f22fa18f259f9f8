import os
from dataclasses import replace
from pathlib import Path

import pytest

from churn.errors import BundleError
from churn.scoring.release import Served
from serving.fetch import KEPT_BUNDLES, FetchError, fetch, forget_old
from tests.serving.small_bundles import small_bundle


@pytest.fixture
def one(tmp_path: Path) -> Served:
    return small_bundle(tmp_path / "one", 1.0)


def fetched(served: Served, state, **environ: str):
    return fetch(served, state, trusted_keys=None, environ={**os.environ, **environ})


def test_a_bundle_is_kept_whole_and_then_needed_nowhere_else(one, state, tmp_path):
    first = fetched(one, state)
    (tmp_path / "one").rename(tmp_path / "gone")

    assert fetched(one, state) == first
    folder = Path(first.folder)
    assert folder == state.bundles / one.bundle_sha256
    for path in (tmp_path / "gone").iterdir():
        assert (folder / path.name).read_bytes() == path.read_bytes()


def test_a_folder_that_is_not_there_may_come(one, state):
    with pytest.raises(FetchError, match="no bundle folder"):
        fetched(replace(one, bundle_uri="/nowhere"), state)


@pytest.mark.parametrize("sha256", ["../" * 21 + "x", "A" * 64, "", "a" * 63])
def test_a_name_that_is_no_hash_never_becomes_a_path(one, state, sha256: str):
    with pytest.raises(BundleError, match="expected a sha256"):
        fetched(replace(one, bundle_sha256=sha256), state)


@pytest.mark.server
def test_another_model_than_the_one_that_was_named_is_refused(one, state):
    with pytest.raises(BundleError, match="expected the bundle ffff"):
        fetched(replace(one, bundle_sha256="f" * 64), state)

    assert list(state.bundles.iterdir()) == []


def test_an_altered_bundle_is_refused_and_leaves_nothing(one, state):
    path = Path(one.bundle_uri) / "linear.json"
    path.write_bytes(path.read_bytes().replace(b"1.0", b"1.1"))

    with pytest.raises(BundleError, match="the file was altered"):
        fetched(one, state)
    assert list(state.bundles.iterdir()) == []


@pytest.mark.server
def test_a_link_in_a_bundle_is_refused(one, state):
    path = Path(one.bundle_uri) / "linear.json"
    path.unlink()
    path.symlink_to("/etc/hostname")

    with pytest.raises(BundleError, match="expected a plain file"):
        fetched(one, state)


@pytest.mark.server
def test_an_unsigned_bundle_is_refused_where_a_signature_is_demanded(
    one, state, tmp_path
):
    from churn.scoring.keys import key_pair

    _, public = key_pair()
    key = tmp_path / "key.pub.pem"
    key.write_bytes(public)

    with pytest.raises(BundleError, match="expected a signed bundle"):
        fetch(one, state, trusted_keys=str(key), environ=os.environ)


@pytest.mark.server
@pytest.mark.parametrize("name", ["model.onnx", "manifest.json"])
def test_a_kept_bundle_that_lost_its_content_is_fetched_again(one, state, name: str):
    path = Path(fetched(one, state).folder) / name
    whole = path.read_bytes()
    path.write_bytes(b'{"format_version": 2}')

    fetched(one, state)

    assert path.read_bytes() == whole


@pytest.mark.server
def test_a_bundle_that_is_asked_for_again_counts_as_new(one, state):
    folder = Path(fetched(one, state).folder)
    os.utime(folder, (0, 0))

    fetched(one, state)

    assert folder.stat().st_mtime > 0


def test_the_oldest_bundles_go_but_never_one_in_use(state):
    names = [f"{n:064x}" for n in range(KEPT_BUNDLES + 3)]
    for n, name in enumerate(names):
        (state.bundles / name).mkdir()
        os.utime(state.bundles / name, (n, n))
    (state.bundles / ".draft-x").mkdir()

    forget_old(state, {names[0]})

    left = {path.name for path in state.bundles.iterdir()}
    assert left == {names[0], *names[3:]}
