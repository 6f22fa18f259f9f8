"""How long one customer takes to score, beside the champion."""

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from churn.evaluation.observations import Speed
from churn.scoring.bundle import Bundle

Columns = Mapping[str, NDArray[Any]]
Clock = Callable[[], float]


def time_calls(
    challenger: Bundle,
    champion: Bundle,
    columns: Columns,
    *,
    n_calls: int,
    clock: Clock,
) -> Speed:
    """Score single rows with both in turn, so that what slows one slows the other.

    Who is first changes from row to row. A first call of each is not counted.

    Parameters
    ----------
    columns : mapping of feature name to ndarray of shape (n_rows,), n_rows > 0
        The features of both; beyond the last row the first comes again.
    n_calls : int
        Of each.
    clock : callable
        Seconds from any origin, never falling.
    """
    seconds: dict[bool, list[float]] = {True: [], False: []}
    _timed(challenger, _row(columns, 0), clock)
    _timed(champion, _row(columns, 0), clock)
    for call in range(n_calls):
        row = _row(columns, call)
        for is_challenger in (call % 2 == 0, call % 2 == 1):
            bundle = challenger if is_challenger else champion
            seconds[is_challenger].append(_timed(bundle, row, clock))
    return Speed(
        challenger_seconds=tuple(seconds[True]),
        champion_seconds=tuple(seconds[False]),
        challenger_bytes=n_bytes(challenger),
        champion_bytes=n_bytes(champion),
    )


def n_bytes(bundle: Bundle) -> int:
    """What all files of a bundle weigh."""
    return sum(len(content) for content in bundle.files.values())


def _row(columns: Columns, place: int) -> Columns:
    at = place % len(next(iter(columns.values())))
    return {name: values[at : at + 1] for name, values in columns.items()}


def _timed(bundle: Bundle, row: Columns, clock: Clock) -> float:
    started = clock()
    bundle.score(row)
    return clock() - started
