"""Features against what one would use instead, each pair in one run.

    python -m benchmarks.features groupby   the default data set, against pandas
    python -m benchmarks.features join      14 million rows onto a million snapshots,
                                            against a bare ASOF join of DuckDB
    python -m benchmarks.features scale     10 and 100 million events, each in a
                                            process of its own (needs 16 GB)

Without a name all three. Every pair's values are compared before its times.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import dataframely as dy
import duckdb
import numpy as np
import polars as pl

from benchmarks.pandas_features import build_with_pandas
from churn.contracts import validate
from churn.dataset import RawTable
from churn.eligibility import eligible_spine
from churn.features.build import build_features, numbered, on_both_axes
from churn.features.declarations import Attribute
from churn.snapshots import SnapshotPlan, matured_dates
from datasets.catalogue import load
from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.simulate import simulate

START = date(2024, 1, 1)
DEFAULT = Simulation(20240101, 10_000, 540, START, None)
PLAN = SnapshotPlan(START, every_days=30, lead_time_days=30, horizon_days=30)
RUNS = 5
JOIN_ROWS, JOIN_SNAPSHOTS, JOIN_COLUMNS = 14_000_000, 1_000_000, 10
EVENTS_PER_CUSTOMER = 100
SCALES = (10_000_000, 100_000_000)
SECOND_US, DAY_SECONDS = 1_000_000, 86_400


def fastest(run: Callable[[], object], runs: int) -> float:
    """Seconds of the fastest of several runs."""
    seconds = []
    for _ in range(runs):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def against_pandas() -> None:
    """All features of the default data set at every matured date."""
    dataset = load("subscriptions")
    frames = validate(dataset.tables, simulate(DEFAULT)[0]).good
    as_of = datetime(2025, 6, 24, tzinfo=UTC)
    spine = eligible_spine(dataset, frames, matured_dates(PLAN, as_of=as_of))
    for_pandas = {
        name: frame.with_row_index("order").to_pandas()
        for name, frame in frames.items()
    }
    spine_pandas = spine.with_columns(
        pl.col("snapshot_date").cast(pl.Datetime("us", "UTC"))
    ).to_pandas()

    def ours() -> pl.DataFrame:
        return build_features(dataset.features, dataset.tables, frames, spine)

    def pandas() -> pl.DataFrame:
        built = build_with_pandas(dataset, for_pandas, spine_pandas)
        return pl.from_pandas(built).drop("customer_id", "snapshot_date")

    n_different = differences(ours(), pandas())
    ours_seconds, pandas_seconds = fastest(ours, RUNS), fastest(pandas, 2)
    print(
        f"default data set, {len(spine):,} snapshots x {len(dataset.features)} "
        f"features: ours {ours_seconds:.2f} s, pandas {pandas_seconds:.2f} s, "
        f"{pandas_seconds / ours_seconds:.1f} times as fast; "
        f"{n_different} of {len(spine) * len(dataset.features):,} values differ"
    )


def differences(ours: pl.DataFrame, theirs: pl.DataFrame) -> int:
    """Values that are not equal; numbers within a part in a billion."""
    count = 0
    for name in theirs.columns:
        left, right = ours[name], theirs[name]
        if left.dtype.is_numeric():
            left, right = left.cast(pl.Float64), right.cast(pl.Float64).fill_nan(None)
            unequal = (left - right).abs() > 1e-9 * left.abs().clip(1)
            count += int(unequal.sum())
        else:
            count += int((left != right).sum())
        count += int((left.is_null() != right.is_null()).sum())
    return count


def readings(*, n_customers: int, corrected: bool) -> tuple[RawTable, pl.DataFrame]:
    """A table of ten columns whose rows arrive up to five days late."""
    rng = np.random.default_rng(7)
    happened = 1_700_000_000 + rng.integers(0, 400 * DAY_SECONDS, JOIN_ROWS)
    known = happened + rng.integers(0, 5 * DAY_SECONDS, JOIN_ROWS)
    ids = np.arange(JOIN_ROWS)
    if corrected:
        # One row in a hundred corrects the one before it, a week later.
        later = np.arange(1, JOIN_ROWS, 100)
        ids[later] = later - 1
        happened[later] = happened[later - 1]
        known[later] = known[later - 1] + 7 * DAY_SECONDS
    customers = rng.integers(0, n_customers, JOIN_ROWS)
    if corrected:
        customers[later] = customers[later - 1]
    values = {f"x{i}": rng.integers(0, 1000, JOIN_ROWS) for i in range(JOIN_COLUMNS)}
    frame = pl.DataFrame(
        {"event_id": ids, "customer_id": customers}
        | {"event_time": happened * SECOND_US, "known_at": known * SECOND_US}
        | values
    ).with_columns(
        pl.col("event_time", "known_at").cast(pl.Datetime("us", "UTC")),
    )
    table = RawTable(
        schema=READINGS,
        event_time="event_time",
        known_at="known_at",
        event_id="event_id" if corrected else None,
    )
    return table, frame


def _instant() -> dy.Datetime:
    return dy.Datetime(time_unit="us", time_zone="UTC")


READINGS: type[dy.Schema] = type(
    "Readings",
    (dy.Schema,),
    {"event_id": dy.Int64(), "customer_id": dy.Int64()}
    | {"event_time": _instant(), "known_at": _instant()}
    | {f"x{i}": dy.Int64() for i in range(JOIN_COLUMNS)},
)


def against_asof() -> None:
    """Ten attributes at a million moments: two time axes against a join with one."""
    for n_customers in (1_000_000, 20_000):
        for corrected in (False, True):
            _one_join(n_customers, corrected=corrected)


def _one_join(n_customers: int, *, corrected: bool) -> None:
    table, frame = readings(n_customers=n_customers, corrected=corrected)
    rng = np.random.default_rng(8)
    spine = pl.DataFrame(
        {
            "customer_id": rng.integers(0, n_customers, JOIN_SNAPSHOTS),
            "days": rng.integers(0, 400, JOIN_SNAPSHOTS),
        }
    ).select(
        "customer_id",
        snapshot_date=pl.date(2023, 11, 14) + pl.duration(days=pl.col("days")),
    )
    names = [f"x{i}" for i in range(JOIN_COLUMNS)]
    features = [
        Attribute(name=n, unit="any", meaning="A reading.", table="t", column=n)
        for n in names
    ]
    inputs = {"t": on_both_axes(frame, table), "spine": numbered(spine)}
    columns = ", ".join(names)
    sql = f"""SELECT row_id, {columns} FROM spine ASOF LEFT JOIN t
        ON spine.customer_id = t.customer_id AND snapshot_us >= event_us"""  # noqa: S608

    def bare() -> pl.DataFrame:
        with duckdb.connect() as connection:
            for name, part in inputs.items():
                connection.register(name, part.to_arrow())
            return connection.sql(sql).pl()

    def ours() -> pl.DataFrame:
        return build_features(features, {"t": table}, {"t": frame}, spine)

    one, two = fastest(bare, 3), fastest(ours, 3)
    kind = "a row in a hundred a correction" if corrected else "no corrections"
    print(
        f"{JOIN_ROWS:,} rows x {JOIN_COLUMNS} of {n_customers:,} customers onto "
        f"{JOIN_SNAPSHOTS:,} snapshots, {kind}: both axes {two:.2f} s, bare ASOF join "
        f"with one {one:.2f} s, {two / one:.2f} times",
        flush=True,
    )


def scaling() -> None:
    """Ten times the events, in processes that start alike."""
    seconds = []
    for n_events in SCALES:
        command = [sys.executable, "-m", "benchmarks.features", "one", str(n_events)]
        folder = Path(__file__).parent.parent
        done = subprocess.run(  # noqa: S603 (this very module)
            command, cwd=folder, check=True, capture_output=True, text=True
        )
        elapsed, peak = map(float, done.stdout.split())
        seconds.append(elapsed)
        print(f"{n_events:,} events: {elapsed:.1f} s, peak {peak:.1f} GB", flush=True)
    print(f"ten times the events take {seconds[1] / seconds[0]:.1f} times the time")


def one_scale(n_events: int) -> None:
    """Seconds and peak memory in GB of the usage features at 18 monthly dates."""
    dataset = load("subscriptions")
    features = [f for f in dataset.features if getattr(f, "table", None) == "usage"]
    frame, customers = usage(n_events)
    dates = pl.date_range(START, date(2025, 6, 1), "1mo", eager=True)
    days = pl.DataFrame({"snapshot_date": dates})
    spine = days.join(customers, how="cross").select("customer_id", "snapshot_date")
    started = time.perf_counter()
    build_features(features, dataset.tables, {"usage": frame}, spine)
    elapsed = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(elapsed, peak)


def usage(n_events: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Sessions of 18 months, known within a day, and the customers they are of."""
    rng = np.random.default_rng(1)
    n_customers = n_events // EVENTS_PER_CUSTOMER
    numbers = pl.int_range(n_customers, eager=True).cast(pl.String).str.zfill(7)
    names = pl.DataFrame({"customer_id": "C" + numbers})
    start = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())
    happened = start + rng.integers(0, 540 * DAY_SECONDS, n_events)
    known = happened + rng.integers(0, DAY_SECONDS, n_events)
    frame = pl.DataFrame(
        {
            "event_id": np.arange(n_events),
            "customer_id": names["customer_id"].gather(
                rng.integers(0, n_customers, n_events)
            ),
            "event_time": happened * SECOND_US,
            "known_at": known * SECOND_US,
            "active_seconds": rng.integers(1, 4_000, n_events),
        }
    ).with_columns(
        pl.col("event_time", "known_at").cast(pl.Datetime("us", "UTC")),
        device=pl.lit("web"),
    )
    return frame, names


PARTS = {"groupby": against_pandas, "join": against_asof, "scale": scaling}


def main() -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(description=__doc__, prog="benchmarks.features")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("part", nargs="?", choices=[*PARTS, "one"])
    parser.add_argument("n_events", nargs="?", type=int)
    asked = parser.parse_args()
    if asked.part == "one":
        one_scale(asked.n_events)
        return
    for name, part in PARTS.items():
        if asked.part in (None, name):
            part()


if __name__ == "__main__":
    main()
