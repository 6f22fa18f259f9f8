import subprocess
import sys
from pathlib import Path

import pytest

from churn.scoring.release import Served
from serving.acceptance import Acceptance
from serving.active import StateFolder, Version, read_observation
from serving.observer import Observer, _rest
from serving.settings import Settings
from storage.predictions.record import Feedback, ShadowScore
from storage.predictions.tail import Tail
from storage.predictions.writer import SegmentWriter
from tests.conftest import CHECKOUT
from tests.serving.small_bundles import TRAP, expected, release_of, small_bundle
from tests.serving.test_shadow import logged


class Observed:
    """An observer, and the log of one worker."""

    def __init__(self, state: StateFolder, **settings: float) -> None:
        self.state = state
        self.acceptance = Acceptance(state)
        self.log = SegmentWriter(
            state.log,
            worker="1",
            rotate_bytes=1 << 20,
            rotate_seconds=60,
            on_full="refuse",
        )
        self.observer = Observer(Settings(**settings), state)
        self.tail = Tail(state.shadow)

    def accept(self, one: Served, two: Served | None, *, sequence: int = 3) -> None:
        local = [
            named and Version(named.version, named.bundle_sha256, named.bundle_uri)
            for named in (one, two)
        ]
        release = release_of(one, two, sequence=sequence)
        assert self.acceptance.accept(release, local[0], local[1])

    def look(self) -> None:
        while self.observer.look():
            pass

    @property
    def scores(self) -> list[ShadowScore]:
        return self.tail.poll(1000)

    def close(self) -> None:
        self.log.close()
        self.observer.close()
        self.tail.close()


@pytest.fixture
def observed(state, monkeypatch):
    monkeypatch.setattr("serving.observer.REPORT_SECONDS", 0.0)
    made = Observed(state, drift_rows=100)
    yield made
    made.close()


@pytest.fixture
def one(tmp_path: Path) -> Served:
    return small_bundle(tmp_path / "one", 1.0)


@pytest.fixture
def two(tmp_path: Path) -> Served:
    return small_bundle(tmp_path / "two", 2.0)


def test_every_row_of_the_champion_is_scored_by_the_shadow_once(observed, one, two):
    observed.accept(one, two)
    observed.look()
    tenures = [n / 50 - 2 for n in range(150)]

    observed.log.append([logged(t, n) for n, t in enumerate(tenures)])
    observed.log.append([Feedback(request_id="r", at_us=1)])
    observed.look()
    observed.look()

    found = observed.scores
    assert [one.probability for one in found] == pytest.approx(
        expected(2.0, tenures), abs=1e-6
    )
    seen = read_observation(observed.state)
    assert (seen.shadow_version, seen.shadow_rows, seen.shadow_failed) == (
        "2.0",
        150,
        0,
    )
    assert (seen.drift_rows, seen.skipped_rows, seen.lag_bytes) == (150, 0, 0)
    assert set(seen.drift) == {"tenure"}
    assert seen.score_drift is not None


def test_failures_are_counted(observed, one, tmp_path):
    observed.accept(one, small_bundle(tmp_path / "bad", 3.0, trap="raise"))
    observed.look()

    observed.log.append([logged(0.5), logged(TRAP + 1), logged(0.5)])
    observed.look()

    seen = read_observation(observed.state)
    assert (seen.shadow_rows, seen.shadow_failed) == (3, 1)


def test_a_challenger_that_cannot_be_loaded_is_told_and_drift_goes_on(
    observed, one, two
):
    (Path(two.bundle_uri) / "model.onnx").write_bytes(b"")
    observed.accept(one, two)
    observed.look()

    observed.log.append([logged(0.5, n) for n in range(120)])
    observed.look()

    seen = read_observation(observed.state)
    assert "model.onnx" in seen.shadow_error
    assert seen.shadow_rows == 0
    assert seen.drift["tenure"] > 1


def test_one_that_is_far_behind_skips_and_says_how_much(state, one, two, monkeypatch):
    monkeypatch.setattr("serving.observer.REPORT_SECONDS", 0.0)
    observed = Observed(state, observer_lag_bytes=4096)
    observed.accept(one, two)
    observed.look()

    observed.log.append([logged(0.5, n) for n in range(500)])
    observed.look()
    observed.log.append([logged(0.5)])
    observed.look()

    seen = read_observation(state)
    assert seen.skipped_rows == 500
    assert seen.skipped_bytes > 4096
    assert len(observed.scores) == 1
    observed.close()


def test_what_was_logged_before_it_started_is_left_alone(state, one, two):
    first = Observed(state)
    first.accept(one, two)
    first.log.append([logged(0.5)])
    first.observer.close()

    second = Observer(Settings(), state)
    second.look()

    assert first.scores == []
    second.close()
    first.close()


def test_without_a_challenger_nothing_is_scored(observed, one):
    observed.accept(one, None)
    observed.look()

    observed.log.append([logged(0.5)])
    observed.look()

    assert observed.scores == []


def test_a_share_of_one_processor_is_kept_by_resting():
    assert _rest(0.01, 5, 0.25) == pytest.approx(0.03)
    assert _rest(50.0, 5, 0.25) == 1.0
    assert _rest(0.0, 0, 0.25) == 0.1


def test_its_memory_is_bounded_beyond_what_the_libraries_reserve():
    code = (
        "import resource; from serving.trial import address_bytes;"
        "from serving.settings import Settings; from serving.observer import _humble;"
        "before = address_bytes(); _humble(Settings(observer_memory_bytes=2**28));"
        "print(resource.getrlimit(resource.RLIMIT_AS)[0] - before)"
    )

    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert 2**28 <= int(told.stdout) < 2**28 + 2**24
