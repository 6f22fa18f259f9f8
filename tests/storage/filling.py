"""Fill a feature table, a line on standard output for each date stored.

``python -m tests.storage.filling FOLDER FACTOR`` is what the tests of a killed run
start and kill.
"""

import sys
from datetime import date, timedelta

import polars as pl

from storage.feature_table import FeatureTable, fill
from tests.businesses import BUSINESS, purchases

DAYS = [date(2024, 2, 1) + timedelta(days=3 * n) for n in range(12)]
N_CUSTOMERS = 300


def frames(factor: int) -> dict[str, pl.DataFrame]:
    """Purchases of a few hundred customers; another factor is another business."""
    rows = [
        (n, f"C{n % N_CUSTOMERS:04}", f"2024-{month:02}-15", f"2024-{month:02}-15")
        for n, month in enumerate([1] * N_CUSTOMERS + [2] * N_CUSTOMERS)
    ]
    return {"purchases": purchases(*[(*row, row[0] * factor, "web") for row in rows])}


def main(folder: str, factor: str) -> None:
    """Replace every date of the table by those of the factor's business."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    table = FeatureTable(folder, BUSINESS)
    for day, _ in fill(table, BUSINESS, frames(int(factor)), DAYS):
        sys.stdout.write(f"{day}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
