"""Features of customers who are asked for by name alone."""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from churn.errors import HoldfastError
from serving.problems import Problem
from serving.scoring import Row
from serving.settings import Settings
from serving.worker import Loaded, Served
from storage.online.rows import Kind, OnlineRow
from storage.online.store import OnlineStore, open_online

THREADS = 4
UNKNOWN = "unknown_customer: customer_id"
STALE = "stale: customer_id"


class OnlineFeatures:
    """Reads rows in threads, so that a slow store delays nobody else."""

    def __init__(self, settings: Settings, environ: Mapping[str, str]) -> None:
        self._settings, self._environ = settings, environ
        self._stores: dict[tuple[tuple[str, Kind], ...], OnlineStore] = {}
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="online")

    async def rows(
        self, served: Served, asked: Sequence[Row], *, fields: Sequence[str]
    ) -> list[Row]:
        """The rows with values; ``fields`` is where in the request each stands.

        Raises
        ------
        Problem
            404 for a customer that is unknown, where that is to be refused; 503 if
            the store is out of reach.
        """
        now = datetime.now(UTC)
        names = [row.customer_id or "" for row in asked]
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(
                self._pool, self._read, served, names, now
            )
        except HoldfastError as error:
            raise Problem(503, str(error)) from None
        return [
            self._row(row, known, served, now, field)
            for row, known, field in zip(asked, found, fields, strict=True)
        ]

    def _read(
        self, served: Served, names: Sequence[str], now: datetime
    ) -> list[OnlineRow | None]:
        """Of features that fit both versions, or the champion where none do."""
        both = [served.champion]
        if served.challenger is not None:
            both.append(served.challenger)
            try:
                return self._store(served, both).read(names, at=now)
            except HoldfastError:
                both.pop()
        return self._store(served, both).read(names, at=now)

    def _store(self, served: Served, versions: Sequence[Loaded]) -> OnlineStore:
        needs: dict[str, Kind] = {}
        for loaded in versions:
            needs |= kinds_of(loaded)
        key = tuple(sorted(needs.items()))
        if key not in self._stores:
            dataset = served.champion.bundle.manifest["dataset"]
            self._stores[key] = open_online(
                self._settings.online or "",
                dataset=dataset,
                environ=self._environ,
                needs=needs,
            )
        return self._stores[key]

    def _row(
        self,
        asked: Row,
        known: OnlineRow | None,
        served: Served,
        now: datetime,
        prefix: str,
    ) -> Row:
        if known is None:
            self._refuse_or_score("there are no features of this customer", prefix)
            return _blank(asked, UNKNOWN)
        days = self._settings.stale_after_days
        day = datetime.combine(known.snapshot_date, datetime.min.time(), UTC)
        if days is not None and now - day > timedelta(days=days):
            self._refuse_or_score(
                f"this customer's features are of {known.snapshot_date}, older than "
                f"{days:g} days",
                prefix,
            )
            return _blank(asked, STALE)
        taken = set(served.champion.inputs.names)
        if served.challenger is not None:
            taken.update(served.challenger.inputs.names)
        return Row(
            values={name: v for name, v in known.values.items() if name in taken},
            customer_id=asked.customer_id,
            customer_value=asked.customer_value,
            snapshot_date=known.snapshot_date,
            warnings=tuple(f"expired: {n}" for n in known.reasons if n in taken),
        )

    def _refuse_or_score(self, why: str, prefix: str) -> None:
        if self._settings.unknown_customer == "refuse":
            raise Problem(
                404, f"{why}; send their values", field=f"{prefix}customer_id"
            )


def kinds_of(loaded: Loaded) -> dict[str, Kind]:
    """The kind of each feature that a version takes."""
    numbers: dict[str, Kind] = {n.name: "number" for n in loaded.inputs.numbers}
    return numbers | {c.name: "category" for c in loaded.inputs.categories}


def _blank(asked: Row, warning: str) -> Row:
    return Row(
        values={},
        customer_id=asked.customer_id,
        customer_value=asked.customer_value,
        warnings=(warning,),
    )
