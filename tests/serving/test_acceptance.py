from dataclasses import replace

import pytest

from churn.scoring.release import Release, Served
from serving.acceptance import Acceptance, RefusedError
from serving.active import StateError, Version, read_active, read_vetoes
from serving.arms import ArmCounter, ArmCounts
from tests.serving.small_bundles import release_of

ONE = Served("1", "/b/1", "a" * 64)
TWO = Served("2", "/b/2", "b" * 64)
THREE = Served("3", "/b/3", "c" * 64)


@pytest.fixture
def acceptance(state) -> Acceptance:
    return Acceptance(state, clock=lambda: 1000.0)


def local(served: Served | None) -> Version | None:
    return served and Version(served.version, served.bundle_sha256, served.bundle_uri)


def accept(acceptance: Acceptance, release: Release) -> bool:
    champion, challenger = local(release.champion), local(release.challenger)
    assert champion is not None
    return acceptance.accept(release, champion, challenger)


def canary(sequence: int, weight: float = 0.1) -> Release:
    return release_of(ONE, TWO, sequence=sequence, mode="canary", weight=weight)


def test_what_is_accepted_outlives_the_process(acceptance, state):
    assert accept(acceptance, release_of(ONE, TWO, sequence=4))

    again = Acceptance(state).active

    assert again == acceptance.active == read_active(state)
    assert (again.sequence, again.revision, again.mode) == (4, 1, "shadow")
    assert again.champion == Version("1", "a" * 64, "/b/1")


def test_each_change_is_one_revision_and_no_change_is_none(acceptance):
    done = [
        accept(acceptance, release)
        for release in (canary(4), canary(4), canary(5), canary(6, 0.2))
    ]

    assert done == [True, False, True, True]
    assert acceptance.active.revision == 3


@pytest.mark.parametrize(
    ("release", "told"),
    [
        (release_of(ONE, sequence=3), "an older release never replaces a newer"),
        (replace(release_of(ONE, sequence=4), ledger_hash="x"), "another history"),
        (release_of(ONE, sequence=9, model="other"), "serve another model"),
        (release_of(None, sequence=9), "names no champion"),
        (release_of(ONE, TWO, sequence=9, mode="live"), "does not fit"),
        (release_of(ONE, sequence=9, mode="canary"), "does not fit"),
        (canary(9, 1.5), "expected a weight"),
        (canary(9, float("nan")), "expected a weight"),
    ],
)
def test_what_must_not_be_served_is_refused_and_changes_nothing(
    acceptance, release: Release, told: str
):
    accept(acceptance, canary(4))
    before = acceptance.active

    with pytest.raises(RefusedError, match=told):
        acceptance.check(release)

    assert acceptance.active == before


def test_a_veto_leaves_the_champion_alone_and_is_kept(acceptance, state):
    accept(acceptance, canary(4))

    done = acceptance.veto(
        acceptance.active,
        "it fails",
        champion=ArmCounts(90, 0, 0),
        challenger=ArmCounts(10, 9, 0),
    )

    assert done
    found = read_active(state)
    assert (found.challenger, found.mode, found.weight) == (None, "live", 0.0)
    assert (found.sequence, found.revision, found.canary) == (4, 2, 0)
    (veto,) = read_vetoes(state)
    assert (veto.version, veto.sequence, veto.mode) == ("2", 4, "canary")
    assert (veto.reason, veto.at) == ("it fails", 1000.0)
    assert veto.challenger_counts == ArmCounts(10, 9, 0)


def test_who_was_vetoed_stays_out_until_a_later_release_names_another(
    acceptance, state
):
    accept(acceptance, canary(4))
    acceptance.veto(acceptance.active, "it fails")

    for release in (canary(4), canary(5), canary(6, 0.5)):
        accept(Acceptance(state), release)
        accept(acceptance, release)
        assert acceptance.is_vetoed(release)
        assert acceptance.active.challenger is None
        assert acceptance.active.mode == "live"

    accept(acceptance, release_of(ONE, sequence=7))
    assert acceptance.vetoes[0].lifted_at_sequence == 7
    accept(acceptance, canary(8))
    assert acceptance.active.challenger.version == "2"


def test_a_veto_outlives_the_same_release_told_differently(acceptance):
    accept(acceptance, canary(4))
    acceptance.veto(acceptance.active, "it fails")

    accept(acceptance, release_of(ONE, sequence=4))

    assert acceptance.is_vetoed(canary(4))


def test_another_challenger_is_not_touched_by_a_veto(acceptance):
    accept(acceptance, canary(4))
    acceptance.veto(acceptance.active, "it fails")

    accept(acceptance, release_of(ONE, THREE, sequence=5))

    assert acceptance.active.challenger.version == "3"
    assert acceptance.vetoes[0].lifted_at_sequence == 5


def test_an_alarm_about_who_left_already_vetoes_nobody(acceptance):
    accept(acceptance, canary(4))
    seen = acceptance.active
    accept(acceptance, release_of(ONE, THREE, sequence=5))

    assert not acceptance.veto(seen, "too late")
    assert acceptance.vetoes == ()


def test_a_canary_keeps_its_counters_while_its_pair_stays(acceptance, state):
    found = []
    for release in (
        canary(4),
        canary(5, 0.5),
        release_of(THREE, TWO, sequence=6, mode="canary", weight=0.1),
        release_of(THREE, ONE, sequence=7, mode="canary", weight=0.1),
        release_of(THREE, ONE, sequence=8),
        release_of(THREE, ONE, sequence=9, mode="canary", weight=0.1),
    ):
        accept(acceptance, release)
        found.append(acceptance.active.canary)
        ArmCounter(state.arms, canary=acceptance.active.canary)

    assert found == [4, 4, 6, 7, 0, 9]
    assert [path.name[:2] for path in state.arms.iterdir()] == ["9-"]


def test_a_veto_is_known_before_the_challenger_is_gone_and_holds_on_a_full_disk(
    state, acceptance, monkeypatch
):
    accept(acceptance, canary(4))
    active, seen = acceptance.active, []

    def write(path, record, *, durable=False):
        seen.append(path.name)
        raise StateError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("serving.acceptance.write_record", write)
        for _ in range(3):
            with pytest.raises(StateError):
                acceptance.veto(active, "it fails")
    done = acceptance.veto(active, "it fails")

    assert seen == ["vetoes.json", "active.json"] * 3
    assert done
    assert read_vetoes(state) == acceptance.vetoes
    assert len(acceptance.vetoes) == 1
    assert acceptance.active.challenger is None
    accept(acceptance, canary(5))
    assert acceptance.active.challenger is None
