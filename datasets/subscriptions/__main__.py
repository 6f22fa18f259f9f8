"""Write a simulated business to Parquet, a file per raw table and the oracle apart.

``python -m datasets.subscriptions --n-customers 1000000 --out FOLDER``
"""

from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import click
import polars as pl
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from datasets.subscriptions.simulate import Simulation, n_chunks, simulate_chunks

DAY = click.DateTime(formats=["%Y-%m-%d"])


class ParquetFiles(ExitStack):
    """Parquet files that take their names only when all are complete."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._writers: dict[str, pq.ParquetWriter] = {}

    def append(self, name: str, frame: pl.DataFrame) -> None:
        """Add rows to the file ``name``, below the folder, as one row group."""
        rows = frame.to_arrow()
        if name not in self._writers:
            path = self._partial(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = pq.ParquetWriter(path, rows.schema, compression="zstd")
            self._writers[name] = self.enter_context(writer)
        self._writers[name].write_table(rows)

    def complete(self) -> None:
        """Close every file and give it its name."""
        self.close()
        for name in self._writers:
            self._partial(name).rename(self._folder / name)

    def _partial(self, name: str) -> Path:
        return (self._folder / name).with_suffix(".partial")


def write(plan: Simulation, folder: Path) -> None:
    """Write chunk by chunk, so that memory does not grow with the customers."""
    with (
        ParquetFiles(folder) as files,
        click.progressbar(
            simulate_chunks(plan), n_chunks(plan), "simulating"
        ) as chunks,
    ):
        for tables, oracle in chunks:
            for name, frame in tables.items():
                files.append(f"{name}.parquet", frame)
            # Beside the tables a reader of the folder would take it for one.
            files.append("oracle/oracle.parquet", oracle)
        files.complete()


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option(
    "--n-customers",
    type=click.IntRange(1, 9_999_999),
    default=10_000,
    show_default=True,
)
@click.option("--seed", type=click.IntRange(0), default=20240101, show_default=True)
@click.option("--n-days", type=click.IntRange(1), default=540, show_default=True)
@click.option("--start", type=DAY, default="2024-01-01", show_default=True)
@click.option("--shock-date", type=DAY, help="When a competitor appears; else never.")
def main(
    out: Path,
    n_customers: int,
    seed: int,
    n_days: int,
    start: datetime,
    shock_date: datetime | None,
) -> None:
    """Simulate a subscription business and write its raw tables to a folder."""
    plan = Simulation(
        seed=seed,
        n_customers=n_customers,
        n_days=n_days,
        start=start.date(),
        shock_date=shock_date.date() if shock_date else None,
    )
    write(plan, out)


if __name__ == "__main__":
    main()
