"""How long it takes to read one customer's features, and what else a user would pick.

    python -m benchmarks.online [--customers 100000] [--reads 20000]

Redis is started here, on a free port of this machine; it is left out where its
program is absent.
"""

import argparse
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from storage.online.store import open_online

SEED = 20240101
DAY = date(2024, 6, 1)
NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
N_INTEGERS, N_FLOATS, N_TEXTS, N_EXPIRING = 20, 10, 5, 3
START_SECONDS = 10
MILLISECONDS = 1000
TARGETS_MS = {"Holdfast, SQLite": 0.2, "Holdfast, Redis": 1.0}

Read = Callable[[str], object]


@dataclass(frozen=True)
class Figure:
    """Milliseconds of single reads, and what the store takes up."""

    p50_ms: float
    p99_ms: float
    publish_seconds: float
    bytes_per_customer: float


def main() -> int:
    """Measure every store; 1 if a target is missed."""
    asked = _arguments()
    rows = feature_rows(asked.customers)
    rng = np.random.default_rng(SEED)
    ids = rng.choice(rows["customer_id"].to_numpy(), asked.reads).tolist()
    figures = dict(measure(rows, ids))
    Console().print(_table(figures))
    if "Holdfast, Redis" not in figures:
        print("redis-server is absent: Redis was not measured")
    return int(
        any(figures[n].p99_ms > t for n, t in TARGETS_MS.items() if n in figures)
    )


def measure(rows: pl.DataFrame, ids: list[str]) -> Iterator[tuple[str, Figure]]:
    """Each store by name; one at a time."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "online.db"
        yield "Holdfast, SQLite", _holdfast(f"sqlite:///{file}", rows, ids, file)
    yield "pandas .loc in memory", _pandas(rows, ids)
    if shutil.which("redis-server") is None:
        return
    with running_redis() as port:
        yield "Holdfast, Redis", _holdfast(f"redis://127.0.0.1:{port}/0", rows, ids)
    with running_redis() as port:
        yield "Redis HGETALL, a field a feature", _hash_a_customer(port, rows, ids)


def feature_rows(n_customers: int) -> pl.DataFrame:
    """Integers, fractions and texts as a business has them, a tenth missing."""
    rng = np.random.default_rng(SEED)
    customers = [f"customer-{n:08}" for n in range(n_customers)]
    columns: dict[str, Any] = {"customer_id": customers, "snapshot_date": DAY}
    for n in range(N_INTEGERS):
        columns[f"count_{n}"] = rng.negative_binomial(1, 0.02, n_customers)
    for n in range(N_FLOATS):
        columns[f"share_{n}"] = rng.random(n_customers)
    for n in range(N_TEXTS):
        columns[f"text_{n}"] = rng.choice(["basic", "standard", "premium"], n_customers)
    expires = NOON + timedelta(days=30)
    rows = pl.DataFrame(columns)
    missing = pl.Series(rng.random(n_customers) < 0.1)  # noqa: PLR2004 (a tenth)
    return rows.with_columns(
        pl.when(~missing).then(pl.col("^(count|share|text)_[02468]$")).name.keep(),
        *(
            pl.lit(expires).dt.cast_time_unit("us").alias(f"text_{n}__expires_at")
            for n in range(N_EXPIRING)
        ),
    )


def timed(read: Read, ids: list[str]) -> tuple[float, float]:
    """Median and 99th percentile of single reads, in milliseconds."""
    for customer in ids[:200]:
        read(customer)
    took = np.empty(len(ids))
    for n, customer in enumerate(ids):
        started = time.perf_counter()
        read(customer)
        took[n] = time.perf_counter() - started
    p50, p99 = np.quantile(took, [0.5, 0.99]) * MILLISECONDS
    return float(p50), float(p99)


def _holdfast(
    url: str, rows: pl.DataFrame, ids: list[str], file: Path | None = None
) -> Figure:
    with closing(open_online(url, dataset="benchmark", environ={})) as store:
        before = _memory(url) if file is None else 0
        started = time.perf_counter()
        store.publish(rows)
        took = time.perf_counter() - started
        p50, p99 = timed(lambda customer: store.read([customer], at=NOON), ids)
        taken = (_memory(url) if file is None else file.stat().st_size) - before
    return Figure(p50, p99, took, taken / len(rows))


def _memory(url: str) -> int:
    import redis

    with closing(redis.Redis.from_url(url)) as client:
        memory: Any = client.info("memory")
        return int(memory["used_memory"])


def _pandas(rows: pl.DataFrame, ids: list[str]) -> Figure:
    """What a notebook does: all of it in the server's own memory, no ttl."""
    started = time.perf_counter()
    frame = rows.to_pandas().set_index("customer_id")
    took = time.perf_counter() - started
    p50, p99 = timed(lambda customer: frame.loc[customer].to_dict(), ids)
    taken = frame.memory_usage(deep=True).sum()
    return Figure(p50, p99, took, float(taken) / len(rows))


def _hash_a_customer(port: int, rows: pl.DataFrame, ids: list[str]) -> Figure:
    """What feature stores do: a hash a customer, a field a feature; no ttl."""
    import redis

    encode, decode = msgspec.msgpack.encode, msgspec.msgpack.decode
    with closing(redis.Redis(port=port)) as client:
        before = _memory(f"redis://127.0.0.1:{port}")
        started = time.perf_counter()
        plain = rows.select(pl.exclude("snapshot_date", "^.*__expires_at$"))
        for chunk in plain.iter_slices(500):
            with client.pipeline(transaction=False) as pipe:
                for row in chunk.iter_rows(named=True):
                    customer = row.pop("customer_id")
                    fields: Any = {n: encode(value) for n, value in row.items()}
                    pipe.hset(customer, mapping=fields)
                pipe.execute()
        took = time.perf_counter() - started

        def read(customer: str) -> dict[str, Any]:
            found: Any = client.hgetall(customer)
            return {name.decode(): decode(value) for name, value in found.items()}

        p50, p99 = timed(read, ids)
        taken = _memory(f"redis://127.0.0.1:{port}") - before
    return Figure(p50, p99, took, taken / len(rows))


@contextmanager
def running_redis() -> Iterator[int]:
    """Start an empty Redis that keeps nothing, and stop it in the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen(  # noqa: S603 (the command is ours)
        [str(shutil.which("redis-server")), *options], stdout=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    msg = f"redis-server does not answer on port {port}"
    raise RuntimeError(msg)


def _table(figures: dict[str, Figure]) -> Table:
    names = ("p50 ms", "p99 ms", "target p99", "p50 ratio", "publish s", "bytes each")
    table = Table("store", *names)
    rivals = {
        "Holdfast, SQLite": "pandas .loc in memory",
        "Holdfast, Redis": "Redis HGETALL, a field a feature",
    }
    for name, figure in figures.items():
        target = TARGETS_MS.get(name)
        rival = figures.get(rivals.get(name, ""))
        table.add_row(
            name,
            f"{figure.p50_ms:.3f}",
            f"{figure.p99_ms:.3f}",
            "" if target is None else f"{target:g}",
            "" if rival is None else f"{figure.p50_ms / rival.p50_ms:.2f}",
            f"{figure.publish_seconds:.1f}",
            f"{figure.bytes_per_customer:.0f}",
        )
    return table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--reads", type=int, default=20_000)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
