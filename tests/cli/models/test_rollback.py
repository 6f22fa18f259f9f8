"""`models rollback`: event and release, at once, or nothing."""

import sqlite3
import time
from dataclasses import replace

import pytest

from churn.errors import BundleError, ConfigError
from churn.scoring.bundle import Bundle
from cli.models import acting
from cli.models.place import Place
from cli.models.rollback import rolled_back
from cli.models.stored import ArtifactGoneError
from registry.errors import LedgerBrokenError, RefusedError
from registry.release import release
from storage.release import ReleaseError, read_release, write_release
from tests.ledger_histories import History, stored_bundle
from tests.model_commands import said, told
from tests.snapshot_rows import bundle as fitted


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return fitted()


def three_lived(here: Place, bundle: Bundle, **more: dict) -> None:
    """Fill a ledger in which 1, 2 and 3 were live one after the other; 1 and 2 load."""
    history = History(here.model)
    for version in (1, 2):
        folder = here.root / here.stack.home / f"bundle{version}"
        history.lineages[version] = stored_bundle(bundle, folder)
    history.trained(1, "promoted", **more)
    for version in (2, 3):
        history.trained(version, "staged", against=version - 1)
        history.add("promoted", version, {"from": str(version - 1), "override": False})
    history.write(here.store("ledger"))


def test_the_last_version_that_was_live_and_healthy_is_live_again_within_a_second(
    here, bundle, capsys
):
    three_lived(here, bundle)

    started = time.monotonic()
    done = rolled_back(here, None, "complaints", as_json=False)

    assert time.monotonic() - started < 1
    assert done.seconds < 1
    (event,) = done.events
    assert (event.kind, event.version, event.evidence) == (
        "rolled_back",
        "2",
        {"from": "3"},
    )
    served = read_release(here.model, environ=here.stack.environment)
    assert (served.champion.version, served.sequence) == ("2", event.sequence)
    assert "version 2 is live again instead of version 3" in capsys.readouterr().out


def test_a_second_rollback_goes_further_back_and_not_to_the_bad_one(here, bundle):
    three_lived(here, bundle)
    rolled_back(here, None, "complaints", as_json=True)

    done = rolled_back(here, None, "still", as_json=True)

    assert done.events[0].version == "1"
    with pytest.raises(RefusedError, match="no version was live and healthy before"):
        rolled_back(here, None, "again", as_json=True)


def test_a_version_may_be_named(here, bundle):
    three_lived(here, bundle)

    done = rolled_back(here, "1", "the last good one", as_json=True)

    assert done.events[0].version == "1"


def test_a_version_whose_bundle_is_gone_is_not_made_live(here, bundle):
    three_lived(here, bundle)
    folder = here.root / here.stack.home / "bundle2"
    folder.rename(folder.with_name("elsewhere"))
    before = here.events()

    with pytest.raises(ArtifactGoneError, match="restore it"):
        rolled_back(here, None, "complaints", as_json=True)

    assert here.events() == before
    assert read_release(here.model, environ=here.stack.environment) is None


def test_an_altered_bundle_is_not_made_live(here, bundle):
    three_lived(here, bundle)
    golden = here.root / here.stack.home / "bundle2" / "golden.json"
    golden.write_bytes(golden.read_bytes() + b" ")

    with pytest.raises(BundleError, match="golden.json: .* the file was altered"):
        rolled_back(here, None, "complaints", as_json=True)


def test_where_the_policy_demands_a_signature_somebody_must_say_whose(here, bundle):
    three_lived(here, bundle, decided={"policy": {"checks": [{"kind": "signature"}]}})

    with pytest.raises(ConfigError, match="demands a signature; name the keys"):
        rolled_back(here, "1", "complaints", as_json=True)


def test_an_emergency_is_not_held_up_by_keys_that_came_after_the_version(
    here, bundle, tmp_path, monkeypatch
):
    three_lived(here, bundle)
    keys = told("keygen", str(tmp_path / "keys"))
    monkeypatch.setenv("HOLDFAST_TRUSTED_KEYS", keys["HOLDFAST_TRUSTED_KEYS"])

    done = rolled_back(here, None, "complaints", as_json=True)

    assert done.events[0].version == "2"


def test_where_the_policy_demands_a_signature_the_unsigned_is_not_made_live(
    here, bundle, tmp_path, monkeypatch
):
    three_lived(here, bundle, decided={"policy": {"checks": [{"kind": "signature"}]}})
    keys = told("keygen", str(tmp_path / "keys"))
    monkeypatch.setenv("HOLDFAST_TRUSTED_KEYS", keys["HOLDFAST_TRUSTED_KEYS"])

    with pytest.raises(BundleError, match="expected a signed bundle"):
        rolled_back(here, "1", "complaints", as_json=True)


def test_of_two_versions_with_one_number_the_one_that_goes_live_is_verified(
    here, bundle
):
    history = History(here.model)
    home = here.root / here.stack.home
    history.lineages[1] = stored_bundle(bundle, home / "bundle1")
    history.trained(1, "promoted").trained(2, "promoted")
    history.lineages[1] = replace(history.lineages[1], bundle_uri=str(home / "gone"))
    history.add("registered", 1, version_id="id-1-again")
    history.write(here.store("ledger"))

    done = rolled_back(here, None, "complaints", as_json=True)

    assert done.events[0].version_id == "id-1"


def unwritable(here: Place, place: str) -> Place:
    """The same stack, whose releases have another address."""
    stores = here.stack.stores | {"release": place}
    return replace(here, stack=replace(here.stack, stores=stores))


def test_where_no_release_can_be_written_nothing_is_changed(here, bundle, tmp_path):
    three_lived(here, bundle)
    (tmp_path / "a file").touch()
    before = here.events()

    for address in ("s3://bucket/releases", str(tmp_path / "a file")):
        with pytest.raises((ConfigError, ReleaseError), match="release"):
            rolled_back(unwritable(here, address), None, "complaints", as_json=True)

    assert here.events() == before


def test_a_release_that_fails_after_all_says_that_the_event_stands_and_what_repeats_it(
    here, bundle, monkeypatch
):
    three_lived(here, bundle)
    n_before = len(here.events())
    monkeypatch.setattr(acting, "write_release", full_disk)

    with pytest.raises(ReleaseError) as caught:
        rolled_back(here, None, "complaints", as_json=True)

    assert len(here.events()) == n_before + 1
    assert f"disk is full; event {n_before + 1} stands, do not" in str(caught.value)
    assert "`python run.py --pipeline rollback` repeats the" in str(caught.value)


def full_disk(*_given: object, **_named: object) -> bool:
    raise ReleaseError("the disk is full")


def test_on_a_stack_without_a_place_for_releases_nothing_is_changed(here, bundle):
    three_lived(here, bundle)
    stores = {k: v for k, v in here.stack.stores.items() if k != "release"}
    bare = replace(here, stack=replace(here.stack, stores=stores))
    before = here.events()

    with pytest.raises(ConfigError, match="stores has no 'release'"):
        rolled_back(bare, None, "complaints", as_json=True)

    assert here.events() == before


def test_what_a_rollback_would_do_is_on_the_page(here, bundle, tmp_path):
    three_lived(here, bundle)

    written = told("page", "--out", str(tmp_path / "page.html"))

    page = (tmp_path / "page.html").read_text()
    assert written == {
        "page": str(tmp_path / "page.html"),
        "bytes": len(page.encode()),
    }
    assert "Version 2 would be live again" in page
    assert list(tmp_path.glob(".*")) == []


def altered(here: Place, column: str, value: str) -> None:
    """Edit the first event by hand."""
    database = sqlite3.connect(here.store("ledger").removeprefix("sqlite:///"))
    database.execute("drop trigger ledger_no_update")
    statement = f"update ledger_events set {column} = ? where sequence = 1"
    database.execute(statement, [value])
    database.commit()
    database.close()


def test_on_an_altered_history_nothing_is_built(here, bundle):
    three_lived(here, bundle)
    altered(here, "actor", "nobody")
    before = here.events()

    for act in (
        lambda: rolled_back(here, None, "complaints", as_json=True),
        lambda: said("approve", "3", "--reason", "fine"),
        lambda: said("archive", "1", "--reason", "old"),
    ):
        with pytest.raises(LedgerBrokenError, match="is broken: event 1 was altered"):
            act()

    assert here.events() == before
    assert read_release(here.model, environ=here.stack.environment) is None


def test_where_another_ledgers_release_lies_nothing_is_changed(here, bundle):
    three_lived(here, bundle)
    before, environ = here.events(), here.stack.environment
    other = replace(release(here.model, before), sequence=500, ledger_hash="x")
    write_release(other, environ=environ)

    with pytest.raises(LedgerBrokenError, match="the release .* saw event 500, and"):
        rolled_back(here, None, "complaints", as_json=True)

    assert here.events() == before
    assert read_release(here.model, environ=environ) == other
