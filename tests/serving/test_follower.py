import os
import shutil
from pathlib import Path

import msgspec
import pytest

from churn.scoring.release import Served
from serving.acceptance import Acceptance
from serving.active import write_record
from serving.follower import Follower
from serving.settings import Settings
from tests.serving.boards import board_of
from tests.serving.small_bundles import MODEL, publish, release_of, small_bundle


class Following:
    """A follower with a clock of its own."""

    def __init__(self, state, releases: Path, **settings: str) -> None:
        self.now = 0.0
        self.releases = releases
        self.said: list[str] = []
        self.board = board_of(state, self.said)
        self.acceptance = Acceptance(state)
        self.follower = Follower(
            Settings(release=str(releases / f"{MODEL}.json"), **settings),
            state,
            self.acceptance,
            self.board,
            environ=os.environ,
            clock=lambda: self.now,
        )

    def look(self, *, after_seconds: float = 0.0) -> None:
        self.now += after_seconds
        self.follower.look()

    @property
    def served(self) -> tuple[int, str, str | None]:
        active = self.acceptance.active
        assert active is not None
        challenger = active.challenger.version if active.challenger else None
        return active.sequence, active.champion.version, challenger


@pytest.fixture
def following(state, tmp_path: Path) -> Following:
    return Following(state, tmp_path / "releases")


@pytest.fixture
def one(tmp_path: Path, state) -> Served:
    return tried(small_bundle(tmp_path / "one", 1.0), state)


@pytest.fixture
def two(tmp_path: Path, state) -> Served:
    return tried(small_bundle(tmp_path / "two", 2.0), state)


def tried(served: Served, state) -> Served:
    """As if it had passed its trial, which takes a while, before."""
    shutil.copytree(served.bundle_uri, state.bundles / served.bundle_sha256)
    return served


def broken(tmp_path: Path):
    bad = small_bundle(tmp_path / "bad", 3.0)
    (Path(bad.bundle_uri) / "golden.json").write_text("{}")
    return bad


def test_it_takes_over_what_is_released(following, one, two):
    following.look()
    assert following.acceptance.active is None
    assert "no release there" in following.board.status.source_error

    publish(following.releases, release_of(one, two, sequence=3))
    following.look()

    assert following.served == (3, "1.0", "2.0")
    assert following.board.status.source_error is None
    assert following.board.status.accepted_total == 1


def test_a_broken_champion_is_refused_once_and_the_old_one_stays(
    following, one, tmp_path
):
    publish(following.releases, release_of(one, sequence=3))
    following.look()
    publish(following.releases, release_of(broken(tmp_path), sequence=4))

    following.look()
    following.look()

    assert following.served == (3, "1.0", None)
    refusal = following.board.status.refusal
    assert (refusal.sequence, refusal.part) == (4, "release")
    assert "golden.json: found sha256" in refusal.reason
    assert following.board.status.refused_total == 1
    assert sum("refused" in line for line in following.said) == 1


@pytest.mark.server
def test_a_broken_challenger_never_stands_in_the_way_of_a_champion(
    following, one, two, tmp_path
):
    publish(following.releases, release_of(one, sequence=3))
    following.look()
    publish(following.releases, release_of(two, broken(tmp_path), sequence=4))

    following.look()

    assert following.served == (4, "2.0", None)
    assert following.board.status.refusal.part == "challenger"


@pytest.mark.server
def test_a_bundle_that_arrives_late_is_tried_again(following, tmp_path):
    one = small_bundle(tmp_path / "late one", 1.0)
    Path(one.bundle_uri).rename(tmp_path / "late")
    publish(following.releases, release_of(one, sequence=3))
    following.look()
    assert "no bundle folder" in following.board.status.refusal.reason

    (tmp_path / "late").rename(one.bundle_uri)
    following.look()
    assert following.acceptance.active is None
    following.look(after_seconds=2)

    assert following.served == (3, "1.0", None)
    assert following.board.status.refusal is None


@pytest.mark.server
def test_a_bundle_that_was_restored_is_tried_again(following, tmp_path):
    bad = broken(tmp_path)
    publish(following.releases, release_of(bad, sequence=3))
    following.look()
    good = small_bundle(tmp_path / "good", 3.0)
    restored = Path(good.bundle_uri) / "golden.json"
    restored.replace(Path(bad.bundle_uri) / "golden.json")

    following.look(after_seconds=120)

    assert following.served == (3, "3.0", None)


def test_an_older_release_is_refused(following, one, two):
    path = publish(following.releases, release_of(one, sequence=3))
    following.look()
    path.unlink()
    publish(following.releases, release_of(two, sequence=2))

    following.look()

    assert following.served == (3, "1.0", None)
    assert "older release" in following.board.status.refusal.reason


def test_a_release_that_cannot_be_read_changes_nothing(following, one):
    path = publish(following.releases, release_of(one, sequence=3))
    following.look()
    path.write_text("{")

    following.look()

    assert following.served == (3, "1.0", None)
    assert "expected a release" in following.board.status.source_error


def test_while_there_is_no_release_it_says_what_it_waits_for(following, one):
    publish(following.releases, release_of(one, sequence=1, model=f"{MODEL}-c2fa66"))

    following.look()
    following.look()

    awaited = following.releases / f"{MODEL}.json"
    (said,) = following.said
    assert said == (
        f"waits for {awaited}: no release there; of the files there nearest is "
        f"{MODEL}-c2fa66.json"
    )


def test_of_two_sources_the_later_one_counts(following, state, one, two):
    publish(following.releases, release_of(one, sequence=3))
    for sequence, expected in ((4, (4, "2.0", None)), (2, (4, "2.0", None))):
        document = msgspec.to_builtins(release_of(two, sequence=sequence))
        write_record(state.pushed, {"format_version": 1} | document)
        following.look()
        if sequence == 4:
            assert following.served == expected

    assert following.served[0] == 4


def test_a_refused_release_that_is_pushed_again_is_tried_again(
    following, state, tmp_path
):
    bad = broken(tmp_path)
    release = {"format_version": 1} | msgspec.to_builtins(release_of(bad, sequence=3))
    write_record(state.pushed, release)
    following.look()
    following.look(after_seconds=0.1)
    first = following.board.status.refusal

    write_record(state.pushed, release)
    following.look(after_seconds=0.1)

    again = following.board.status.refusal
    assert (first.at, again.at) == (0.0, 0.2)
    assert again.reason == first.reason
    assert following.board.status.refused_total == 1
    assert sum(line.startswith("refused") for line in following.said) == 1


def test_only_the_model_that_was_asked_for_is_served(state, tmp_path, one):
    following = Following(state, tmp_path / "releases", model="churn-other")
    publish(following.releases, release_of(one, sequence=3))

    following.look()

    assert following.acceptance.active is None
    told = following.board.status.refusal.reason
    assert told == f"expected a release of churn-other, found one of {MODEL}"


def test_a_vetoed_challenger_is_not_fetched_again(following, one, two):
    publish(following.releases, release_of(one, two, sequence=3))
    following.look()
    following.acceptance.veto(following.acceptance.active, "it fails")

    publish(following.releases, release_of(one, two, sequence=4))
    following.look()

    assert following.served == (4, "1.0", None)
    assert "was vetoed" in following.board.status.refusal.reason
