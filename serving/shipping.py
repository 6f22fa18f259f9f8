"""Brings closed segments of the prediction log to the store that the stack names."""

from collections.abc import Mapping

from churn.errors import HoldfastError
from serving.active import StateFolder, read_active
from serving.board import Board
from serving.settings import Settings

KEEP_SECONDS = 5.0
"""Time for the observer to open a segment; what is open may be removed."""


class Shipping:
    """Looks for closed segments again and again; without a store they stay."""

    def __init__(
        self,
        settings: Settings,
        state: StateFolder,
        board: Board,
        *,
        environ: Mapping[str, str],
    ) -> None:
        self._url = settings.predictions
        self._state = state
        self._board = board
        self._environ = environ

    def look(self) -> None:
        """Close what dead writers left open, and ship what the observer has seen."""
        self._ship(keep_seconds=KEEP_SECONDS)

    def end(self) -> None:
        """Ship the rest, now that nobody writes or reads it."""
        self._ship(keep_seconds=0)

    def _ship(self, *, keep_seconds: float) -> None:
        active = read_active(self._state)
        if self._url is None or active is None:
            return
        from storage.predictions.ship import ship

        n_segments = 0
        try:
            for folder in (self._state.log, self._state.shadow):
                n_segments += ship(
                    folder,
                    self._url,
                    active.model,
                    environ=self._environ,
                    keep_seconds=keep_seconds,
                ).n_segments
        except (HoldfastError, OSError) as error:
            self._board.not_shipped(str(error))
        else:
            self._board.shipped(n_segments)
