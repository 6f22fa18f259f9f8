"""A prediction log of real records, as a server's segments once they were taken in."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from storage.objects import open_objects
from storage.predictions.compact import compact
from storage.predictions.record import Prediction, Record, encode
from storage.predictions.ship import PREDICTIONS_URL
from tests.day_rows import day_rows
from tests.snapshot_rows import FEATURES

MODEL = "invented"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def environment(folder: Path) -> dict[str, str]:
    """Where tables and log are kept."""
    return {
        "HOLDFAST_TABLES_URL": str(folder / "tables"),
        PREDICTIONS_URL: str(folder / "predictions"),
    }


def answers(
    frame: pl.DataFrame, at: datetime, *, version: str = "3", **changes: Any
) -> list[Prediction]:
    """What the bundle answers to the rows, one a request, a second apart."""
    counted, names = day_rows(frame), [feature.name for feature in FEATURES]
    return [
        Prediction(
            **{
                "request_id": f"{at:%m%d%H}-{place}",
                "row": 0,
                "at_us": (at + timedelta(seconds=place) - EPOCH)
                // timedelta(microseconds=1),
                "customer": row["customer_id"],
                "values": {name: row[name] for name in names},
                "probability": float(counted.probability[place]),
                "is_contacted": bool(counted.is_contacted[place]),
                "version": version,
                "sequence": 1,
                "arm": "champion",
                "latency_us": 100,
                "customer_value": row["customer_value"],
                **changes,
            }
        )
        for place, row in enumerate(frame.iter_rows(named=True))
    ]


def take_in(
    folder: Path, records: Sequence[Record], begun: date, *, cut_bytes: int = 0
) -> None:
    """Ship one segment of these records, without its last bytes, and compact it."""
    store = open_objects(f"{folder}/predictions/{MODEL}", environ={})
    place = len(list(folder.rglob("shipped-*")))
    (folder / f"shipped-{place}").touch()
    name = f"{begun:%Y%m%d}T000000{place:06}Z-w1-0123456789ab"
    content = encode(records)
    kept = content[: len(content) - cut_bytes]
    store.put(f"segments/{name}.jsonl", kept)
    compact(f"{folder}/predictions", MODEL, environ={})
