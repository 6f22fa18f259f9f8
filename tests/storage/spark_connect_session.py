"""Starts a Spark Connect server, builds a few features through it, compares."""

import sys
from datetime import date
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from churn.features.build import build_features
from storage.spark import LOCAL_SETTINGS, Spark
from tests.businesses import FEATURES, PURCHASES, purchases

FRAMES = {
    "purchases": purchases(
        (1, "a", "2023-12-01", "2023-12-01", 500, "web"),
        (2, "a", "2024-01-22", "2024-01-22", 100, "city"),
        (2, "a", "2024-01-22", "2024-01-30", 300, "web"),
        (3, "b", "2024-01-30", "2024-02-02", 300, "web"),
    )
}
SPINE = pl.DataFrame(
    {"customer_id": ["b", "a", "nobody", "a"], "snapshot_date": [date(2024, 2, 1)] * 4}
)


def main() -> None:
    """Write whether both engines give the same rows."""
    from pyspark.sql import SparkSession

    # This starts a server in the background and tells where it listens.
    builder = SparkSession.builder.remote("local[1]")
    server = builder.config(map=LOCAL_SETTINGS).getOrCreate()
    address = f"sc://localhost:{server.client._builder._port}"
    tables = {"purchases": PURCHASES}
    embedded = build_features(FEATURES, tables, FRAMES, SPINE)
    remote = build_features(FEATURES, tables, FRAMES, SPINE, engine=Spark(address))
    answer = "equal" if remote.equals(embedded) else f"different: {remote}"
    sys.stdout.write(f"{answer}\n")


if __name__ == "__main__":
    main()
