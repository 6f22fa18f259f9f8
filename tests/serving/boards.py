"""A board that says what it is told into a list."""

from serving.active import StateFolder, Status
from serving.board import Board

EMPTY = Status(
    source=None,
    pid=1,
    port=1,
    started_at=0.0,
    looked_at=None,
    source_error=None,
    refusal=None,
    refused_total=0,
    accepted_total=0,
    vetoes_total=0,
    worker_deaths_total=0,
    observer_deaths_total=0,
    segments_shipped_total=0,
    ship_error=None,
)


def board_of(state: StateFolder, said: list[str] | None = None) -> Board:
    """A board of nothing yet."""
    return Board(state, EMPTY, say=([] if said is None else said).append)
