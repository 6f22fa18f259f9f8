"""Raw tables that know the future: a leak as a source really brings it."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl

from cli.demo.plot import Plot, business
from datasets.subscriptions.simulate import simulate

SEED = 11
CALLED_SHARE = 0.8
BOOKED_BACK = timedelta(days=60)


def write_leaking_tables(plot: Plot, folder: Path) -> int:
    """Write the business as files, with a leak planted; how many rows it has.

    The retention desk calls most of those who have just cancelled, and books the case
    on the day of an earlier invoice: its rows claim to have been there long before.
    """
    frames, _ = simulate(business(plot))
    tickets = frames["support_tickets"]
    cases = _booked_back(frames["subscriptions"], tickets)
    frames["support_tickets"] = pl.concat([tickets, cases.select(tickets.columns)])
    folder.mkdir(parents=True)
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")
    return len(cases)


def _booked_back(subscriptions: pl.DataFrame, tickets: pl.DataFrame) -> pl.DataFrame:
    left = subscriptions.filter(pl.col("change") == "cancel").sort("customer_id")
    chosen = np.random.default_rng(SEED).random(len(left)) < CALLED_SHARE
    called = left.filter(pl.Series(chosen))
    first = int(tickets["event_id"].max() or 0) + 1  # type: ignore[arg-type]
    booked = called["event_time"] - BOOKED_BACK
    return pl.DataFrame(
        {
            "event_id": np.arange(first, first + len(called)),
            "customer_id": called["customer_id"],
            "event_time": booked,
            "known_at": booked,
            "topic": ["billing"] * len(called),
            "priority": ["urgent"] * len(called),
            "status": ["open"] * len(called),
            "resolution_seconds": [None] * len(called),
        },
        schema_overrides=tickets.schema,
    )
