import os
from pathlib import Path

import pytest

from serving.acceptance import Acceptance
from serving.settings import Settings
from serving.shipping import Shipping
from storage.predictions.writer import SegmentWriter
from tests.serving.boards import board_of
from tests.serving.test_acceptance import accept, canary
from tests.storage.predictions.records import prediction


@pytest.fixture
def log(state):
    accept(Acceptance(state), canary(4))
    writer = SegmentWriter(
        state.log,
        worker="1",
        rotate_bytes=1 << 20,
        rotate_seconds=60,
        on_full="refuse",
    )
    yield writer
    writer.close()


def shipping(state, board, url: str | None) -> Shipping:
    return Shipping(Settings(predictions=url), state, board, environ={})


def test_closed_segments_are_shipped_once_the_observer_had_its_time(
    state, log, tmp_path: Path
):
    board = board_of(state)
    shipper = shipping(state, board, str(tmp_path / "store"))
    log.append([prediction()])
    log.close()
    (segment,) = state.log.iterdir()

    shipper.look()
    assert segment.exists()
    os.utime(segment, (0, 0))
    shipper.look()

    assert not segment.exists()
    (there,) = (tmp_path / "store").rglob("*.jsonl")
    assert "segments" in there.parts
    assert board.status.segments_shipped_total == 1


def test_at_the_end_nothing_waits(state, log, tmp_path: Path):
    log.append([prediction()])
    log.close()

    shipping(state, board_of(state), str(tmp_path / "store")).end()

    assert list(state.log.iterdir()) == []


def test_a_store_out_of_reach_is_said_once_and_loses_nothing(
    state, log, tmp_path: Path
):
    (tmp_path / "store").touch()
    said: list[str] = []
    board = board_of(state, said)
    shipper = shipping(state, board, str(tmp_path / "store"))
    log.append([prediction()])
    log.close()

    shipper.end()
    shipper.end()

    assert len(said) == 1
    assert "cannot be shipped" in said[0]
    assert board.status.ship_error is not None
    assert len(list(state.log.iterdir())) == 1


def test_without_a_store_segments_stay(state, log):
    log.append([prediction()])
    log.close()

    shipping(state, board_of(state), None).end()

    assert len(list(state.log.iterdir())) == 1
