"""How long a day takes to be counted and compared, and what Evidently takes for it.

    python -m benchmarks.drift [--rows 1000000] [--evidently-rows 100000]

Forty numbers and ten categories a row. Ours compares with the profile that a bundle
keeps; Evidently reads the reference's rows each time, as many as of the day. Both are
timed on the same data in this process; Evidently on fewer rows, for it takes long.
"""

import argparse
import os
import resource
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from churn.monitoring.counting import DayRows, profile_day
from churn.monitoring.drift import FeatureDrift
from churn.monitoring.drifts import feature_drifts, score_drift
from churn.monitoring.reference import Reference
from churn.profiles import profiles_of
from churn.scoring.decision import Economics, contact
from churn.scoring.inputs import InputSchema

SEED = 20240101
N_NUMBERS, N_CATEGORIES = 40, 10
TEXTS = np.array(["basic", "plus", "family", "student", "business", ""], dtype=object)
MISSING_SHARE = 0.05
MOVED = 5
"""Features that drift, by a fifth of a standard deviation."""

MOST_SECONDS = 5.0
FEWEST_ROWS = 500
ECONOMICS = Economics(offer_eur=10.0, contact_eur=1.0, acceptance_rate=0.3)
GIB = 2**20
"""In the kibibytes that the system counts memory by."""

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Timed:
    """Seconds for a number of rows a side."""

    who: str
    rows: int
    seconds: float

    @property
    def rows_per_second(self) -> float:
        """What is compared in relation to it."""
        return self.rows / self.seconds


def main() -> int:
    """Measure both; 1 if ours takes too long."""
    asked = _arguments()
    before, now = (rows(asked.rows, seed=SEED + k, moved=k) for k in (0, 1))
    known = reference(before)
    ours = [_ours(now, known, asked.rows)]
    few = min(asked.evidently_rows, asked.rows)
    if few:
        some = [{k: v[:few] for k, v in side.items()} for side in (before, now)]
        ours += [_ours(some[1], known, few), _theirs(some[0], some[1], few)]
    peak_gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB
    Console().print(_table(ours))
    print(f"peak memory of this process, data included: {peak_gib:.1f} GiB")
    if few:
        ratio = ours[1].rows_per_second / ours[2].rows_per_second
        print(f"on the same {few:,} rows: {ratio:,.0f} times as fast as Evidently")
    return int(ours[0].seconds > MOST_SECONDS)


def rows(n: int, *, seed: int, moved: int) -> Columns:
    """Seeded columns as a graph takes them; ``moved`` of 1 makes some of them drift."""
    rng = np.random.default_rng(seed)
    columns: Columns = {}
    for k in range(N_NUMBERS):
        values = rng.standard_normal(n, dtype=np.float32)
        values += np.float32(0.2 * moved * (k < MOVED))
        values[rng.random(n, dtype=np.float32) < MISSING_SHARE] = np.nan
        columns[f"number_{k}"] = values
    for k in range(N_CATEGORIES):
        columns[f"category_{k}"] = TEXTS[rng.integers(0, len(TEXTS), n)]
    return columns


def reference(columns: Columns) -> Reference:
    """What a bundle would keep of these rows."""
    n = len(columns["number_0"])
    profiles = profiles_of(columns, _probability(n))
    features = [_described(name, values) for name, values in columns.items()]
    return Reference(
        bundle_sha256="",
        economics=ECONOMICS,
        features=profiles.features,
        score=profiles.score,
        scores=None,
        slices=None,
        n_training_customers=n,
        n_calibration_customers=n,
        inputs=InputSchema.of({"features": features}),
        lacks=(),
    )


def compared(
    columns: Columns, known: Reference, customers: list[str | None]
) -> list[FeatureDrift]:
    """All that monitoring does to a day: count its rows, then compare."""
    n = len(customers)
    p, value = _probability(n), np.full(n, 200.0)
    day = profile_day(
        DayRows(
            columns=columns,
            probability=p,
            customer_value=value,
            is_contacted=contact(p, value, ECONOMICS),
            customers=customers,
            slices={"plan": columns["category_0"].tolist()},
        ),
        known,
        day=date(2024, 1, 1),
        source="batch",
        model="invented",
        version="1",
        key=b"",
        found={},
    )
    drifts = feature_drifts(known, day, fewest_rows=FEWEST_ROWS)
    return [*drifts, score_drift(known, day, fewest_rows=FEWEST_ROWS)]


def evidently(before: pl.DataFrame, now: pl.DataFrame) -> int:
    """Evidently's drift of every column, without drawing it; how many it measured."""
    os.environ["DO_NOT_TRACK"] = "1"
    from evidently import (  # type: ignore[import-untyped]
        DataDefinition,
        Dataset,
        Report,
    )
    from evidently.presets import DataDriftPreset  # type: ignore[import-untyped]

    texts = before.select(pl.selectors.string()).columns
    numbers = [name for name in before.columns if name not in texts]
    known = DataDefinition(numerical_columns=numbers, categorical_columns=texts)
    sides = [
        Dataset.from_pandas(frame.to_pandas(), data_definition=known)
        for frame in (before, now)
    ]
    snapshot = Report([DataDriftPreset()]).run(sides[1], sides[0])
    return len(snapshot.dict()["metrics"])


def _ours(columns: Columns, known: Reference, n: int) -> Timed:
    customers: list[str | None] = [f"customer {k}" for k in range(n)]
    seconds = _seconds(lambda: compared(columns, known, customers))
    return Timed("Holdfast", n, seconds)


def _theirs(before: Columns, now: Columns, n: int) -> Timed:
    frames = [_frame(side) for side in (before, now)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evidently(frames[0].head(FEWEST_ROWS), frames[1].head(FEWEST_ROWS))  # Imports.
        return Timed("Evidently", n, _seconds(lambda: evidently(frames[0], frames[1])))


def _frame(columns: Columns) -> pl.DataFrame:
    frame = pl.DataFrame(columns, schema_overrides=_types(columns))
    return frame.with_columns(
        pl.selectors.string().replace("", None), pl.selectors.float().fill_nan(None)
    )


def _types(columns: Columns) -> dict[str, pl.DataType]:
    return {name: pl.String() for name, v in columns.items() if v.dtype == object}


def _probability(n: int) -> NDArray[np.float64]:
    return np.random.default_rng(SEED).beta(1, 9, n)


def _described(name: str, values: NDArray[Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"name": name, "missing_share": MISSING_SHARE}
    if values.dtype == object:
        return described | {"kind": "category", "categories": TEXTS[:-1].tolist()}
    bounds = {"min": float(np.nanmin(values)), "max": float(np.nanmax(values))}
    return described | {"kind": "number"} | bounds


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _table(timed: list[Timed]) -> Table:
    table = Table("who", "rows a side", "seconds", "rows a second", "target", "reached")
    for k, one in enumerate(timed):
        target = f"{MOST_SECONDS:g} s" if k == 0 else ""
        reached = "" if k else "yes" if one.seconds <= MOST_SECONDS else "no"
        figures = (f"{one.rows:,}", f"{one.seconds:.2f}", f"{one.rows_per_second:,.0f}")
        table.add_row(one.who, *figures, target, reached)
    return table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--evidently-rows", type=int, default=100_000)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
