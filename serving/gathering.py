"""Scores rows that are here at the same moment in one call of the graph.

A call of the graph costs much the same for one row as for ten. Nobody waits for
company: a row is scored as soon as the event loop has taken in what has arrived by
then, alone where it came alone. The company changes a probability by its last bit at
most, as it does in a batch.
"""

import asyncio

from churn.errors import InputError
from serving.recording import Recorder
from serving.scoring import Row, Scored, score
from serving.worker import Served
from storage.predictions.writer import LogFullError

MOST_TOGETHER = 64
Waiting = list[tuple[Row, asyncio.Future[Scored]]]


class Gathering:
    """The rows that wait; used by one event loop."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._served: Served | None = None
        self._waiting: Waiting = []

    def answer(self, served: Served, row: Row) -> asyncio.Future[Scored]:
        """The row's answer, recorded, or why there is none."""
        if self._waiting and served is not self._served:
            # Rows of two releases are never scored by one of them.
            self._settle()
        loop = asyncio.get_running_loop()
        if not self._waiting:
            self._served = served
            loop.call_soon(self._settle)
        future: asyncio.Future[Scored] = loop.create_future()
        self._waiting.append((row, future))
        if len(self._waiting) == MOST_TOGETHER:
            self._settle()
        return future

    def _settle(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting and self._served is not None:
            self._answer(self._served, waiting)

    def _answer(self, served: Served, waiting: Waiting) -> None:
        rows = [row for row, _ in waiting]
        try:
            found = score(served, rows, most_reasons=0)
            self._recorder.answered(served, rows, found)
        except LogFullError as error:
            # There is no room for one either; each is counted as lost once.
            _refuse(waiting, error)
            return
        except Exception as error:  # noqa: BLE001 (it is the asking request's to handle)
            if len(waiting) > 1:
                # One row must not cost the others their answers.
                for one in waiting:
                    self._answer(served, [one])
                return
            if not isinstance(error, InputError):
                self._recorder.failed(served, rows)
            _refuse(waiting, error)
            return
        for (_, future), scored in zip(waiting, found, strict=True):
            # Who hung up meanwhile has cancelled theirs.
            if not future.done():
                future.set_result(scored)


def _refuse(waiting: Waiting, error: Exception) -> None:
    for _, future in waiting:
        if not future.done():
            future.set_exception(error)
