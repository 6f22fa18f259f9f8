"""Kill batch runs at random points, run them again, and look at everything they leave.

``python -m tests.killed_batches --points 50`` prints how far the killed runs had come.
After each kill every place must hold the whole of one run, and after the next run
exactly what one gives that nobody disturbed: nothing lost, doubled or stale.
"""

import json
import random
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import polars as pl
import sqlalchemy as sa

from churn.scoring.bundle import Bundle
from storage.crm import CRM_URL
from storage.daily import DailyDocuments
from storage.exports import EXPORTS_URL
from storage.score_table import ScoreTable
from tests.conftest import CHECKOUT
from tests.storage.scoring_dates import (
    DAYS,
    MODEL,
    N_BAD,
    READY,
    environment,
    fitted,
    score,
)

FACTORS = (1, 2, 3)
"""Of the businesses that runs score in turn, so that stale rows can be told."""

OVERTIME = 1.1
"""So that some are killed after their last word."""


class Program:
    """A run in a process of its own, which waits for its business when it is ready."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.storage.scoring_dates", str(folder)],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def seconds_of(self, factor: int) -> float:
        """How long it takes where nobody kills it."""
        with self._process:
            started = self._begun(factor)
            self._process.wait()
        return time.monotonic() - started

    def killed(self, factor: int, *, n_dates: int, seconds: float) -> int:
        """Kill it so long after so many dates; returns how many it had done then."""
        with self._process:
            self._begun(factor)
            lines = [self._line() for _ in range(n_dates)]
            time.sleep(seconds)
            self._process.kill()
            assert self._process.stdout is not None
            return len(lines + self._process.stdout.readlines())

    def end(self) -> None:
        """End it, whatever it does."""
        with self._process:
            self._process.kill()

    def _begun(self, factor: int) -> float:
        assert self._line() == f"{READY}\n"
        assert self._process.stdin is not None
        self._process.stdin.write(f"{factor}\n")
        self._process.stdin.flush()
        return time.monotonic()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


def killed(folder: Path, seed: int, n_points: int) -> Iterator[int]:
    """Kill runs at random points; yields how many dates each had done, if all held."""
    rng, bundle = random.Random(seed), _kept(folder)  # noqa: S311 (moments)
    environ = environment(folder)
    for day in DAYS:
        score(bundle, FACTORS[-1], day, environ)
    date_seconds = Program(folder).seconds_of(FACTORS[-1]) / len(DAYS)
    program = Program(folder)
    try:
        for point in range(n_points):
            factor = FACTORS[point % len(FACTORS)]
            seconds = rng.uniform(0, OVERTIME * date_seconds)
            n_dates = program.killed(
                factor, n_dates=rng.randrange(len(DAYS)), seconds=seconds
            )
            # The next one starts while the remains are looked at.
            program = Program(folder)
            known = {FACTORS[-1], *FACTORS[: point + 1]}
            for day in DAYS:
                check_whole(environ, day, known)
            for day in DAYS:
                score(bundle, factor, day, environ)
                assert told_of(environ, day) == undisturbed(factor, day)
            yield n_dates
    finally:
        program.end()


def check_whole(environ: dict[str, str], day: date, known: set[int]) -> None:
    """Whatever is there of a date is all of one run's, in every place."""
    table = ScoreTable.of(MODEL, environ=environ)
    rows = table.read(day)
    factor = int(rows["data_version"][0])
    assert rows["scored_at"].n_unique() == 1
    assert _scores(environ, day) == undisturbed(factor, day)["scores"]
    assert len(table.quarantined(day)) == N_BAD
    lists = {json.dumps(undisturbed(each, day)["list"]) for each in known}
    assert json.dumps(_in_crm(environ, day)) in lists
    assert json.dumps(_in_file(environ, day)) in lists


def told_of(environ: dict[str, str], day: date) -> dict[str, Any]:
    """All that is there of a date, but for when it was scored."""
    in_crm = _in_crm(environ, day)
    assert in_crm == _in_file(environ, day)
    kept = DailyDocuments.of(f"profiles/{MODEL}", environ=environ)
    profiles = [(one.key, one.document) for one in kept.read(day, day)]
    return {"scores": _scores(environ, day), "list": in_crm, "profiles": profiles}


@cache
def undisturbed(factor: int, day: date) -> dict[str, Any]:
    """What a run leaves that nobody killed."""
    with TemporaryDirectory() as folder:
        environ = environment(Path(folder))
        score(fitted(), factor, day, environ)
        return told_of(environ, day)


def _kept(folder: Path) -> Bundle:
    """The model, where the programs find it too."""
    (folder / "bundle").mkdir(parents=True)
    for name, content in fitted().files.items():
        (folder / "bundle" / name).write_bytes(content)
    return fitted()


def _scores(environ: dict[str, str], day: date) -> list[Any]:
    rows = ScoreTable.of(MODEL, environ=environ).read(day)
    return rows.drop("scored_at").rows()


def _in_crm(environ: dict[str, str], day: date) -> list[Any]:
    engine = sa.create_engine(environ[CRM_URL], poolclass=sa.NullPool)
    query = sa.text("SELECT * FROM targets WHERE snapshot_date = :day ORDER BY rank")
    with engine.connect() as connection:
        rows = connection.execute(query, {"day": str(day)}).mappings().all()
    assert len({row["scored_at"] for row in rows}) == 1
    return [_target(row) for row in rows]


def _in_file(environ: dict[str, str], day: date) -> list[Any]:
    path = Path(environ[EXPORTS_URL], f"targets/tiny/{day}.csv")
    rows = pl.read_csv(path).sort("rank").to_dicts()
    assert len({row["scored_at"] for row in rows}) == 1
    return [_target(row) for row in rows]


def _target(row: Any) -> list[Any]:
    return [row["customer_id"], row["rank"], row["probability"], row["reason_1"]]


@click.command()
@click.option("--points", type=click.IntRange(1), default=50, show_default=True)
@click.option("--seed", type=click.IntRange(0), help="Else a new one each time.")
def main(points: int, seed: int | None) -> None:
    """Kill batch runs and print how far they had come; fail on the first trace."""
    chosen = secrets.randbelow(2**31) if seed is None else seed
    click.echo(f"seed {chosen}")
    came: Counter[int] = Counter()
    with TemporaryDirectory() as folder:
        for number, n_dates in enumerate(killed(Path(folder), chosen, points), 1):
            came[n_dates] += 1
            click.echo(f"\r{number} of {points}", err=True, nl=False)
    click.echo(err=True)
    for n_dates, n in sorted(came.items()):
        click.echo(f"{n:>4}  killed with {n_dates} of {len(DAYS)} dates done")
    click.echo(
        f"{points} killed runs: whatever was there was whole, and run again nothing "
        "was lost, doubled or stale"
    )


if __name__ == "__main__":
    main()
