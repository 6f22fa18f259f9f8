"""Large spines in parts of some customers each, so that memory stays bounded.

What a customer's features are does not depend on other customers, except for an
event that a correction gives to another one: rows of events that have several are
part of every batch.
"""

from collections.abc import Iterator, Mapping

import polars as pl

from churn.dataset import RawTable

Frames = Mapping[str, pl.DataFrame]


def in_batches(
    spine: pl.DataFrame,
    frames: Frames,
    tables: Mapping[str, RawTable],
    most_rows: int | None,
) -> Iterator[tuple[pl.DataFrame, Frames]]:
    """Split customers into batches of about ``most_rows`` rows of the spine.

    Parameters
    ----------
    spine : DataFrame with customer_id
    frames, tables : mappings of table name to rows and to declaration
    most_rows : int or None
        None: all in one.

    Yields
    ------
    DataFrame, mapping
        Rows of the spine, and of each table those that can matter for them.
    """
    n_batches = -(-len(spine) // most_rows) if most_rows else 1
    if n_batches <= 1:
        yield spine, frames
        return
    batch = (pl.col("customer_id").hash() % n_batches).cast(pl.Int32)
    of_spine = spine.select(batch).to_series()
    of_rows = {name: frame.select(batch).to_series() for name, frame in frames.items()}
    shared = {name: _several(frame, tables[name]) for name, frame in frames.items()}
    for number in range(n_batches):
        parts = {
            name: frame.filter(
                (of_rows[name] == number).fill_null(False) | shared[name]
            )
            for name, frame in frames.items()
        }
        yield spine.filter(of_spine == number), parts


def _several(frame: pl.DataFrame, table: RawTable) -> pl.Series:
    """Whether another row is about the same event."""
    if table.event_id is None or _rises(frame[table.event_id]):
        return pl.repeat(False, len(frame), eager=True)
    return frame[table.event_id].is_duplicated()


def _rises(ids: pl.Series) -> bool:
    """Whether each id is greater than the one before, so that all differ."""
    return bool((ids > ids.shift()).fill_null(True).all())
