"""The target list as a table of the CRM's own database, where a team works on it.

Rows are updated in place: columns that others add to the table, for example who
called when, stay as they are. A list is written in one transaction or not at all.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import URL

from churn.errors import ConfigError, HoldfastError
from churn.naming import suggestion
from storage.crm_tables import (
    LISTS,
    META,
    TARGETS,
    add_missing,
    insert_into,
    matching,
    remove_others,
    upsert,
)

CRM_URL = "HOLDFAST_CRM_URL"
PASSWORD_VARIABLE = "HOLDFAST_CRM_PASSWORD"  # noqa: S105 (its name only)
DRIVERS = ("sqlite", "mysql+pymysql", "postgresql+psycopg")
CONNECT_TIMEOUT_SECONDS = 5
ANSWER_SECONDS = 60


class CrmError(HoldfastError):
    """The CRM's database is out of reach, or refuses the list."""


class Crm:
    """The database of a CRM; its tables are made where they are missing."""

    def __init__(self, location: str, *, environ: Mapping[str, str]) -> None:
        url = _parsed(location)
        self.description = _described(url)
        if url.drivername == "sqlite":
            self._make_folder(url)
        elif url.password is None and PASSWORD_VARIABLE in environ:
            url = url.set(password=environ[PASSWORD_VARIABLE])
        self._secret = str(url.password or "")
        self._engine = sa.create_engine(
            url, connect_args=_connect_args(url), poolclass=sa.NullPool
        )

    def replace(
        self, dataset: str, day: date, rows: pl.DataFrame, *, scored_at: datetime
    ) -> None:
        """Make these rows the list of a date; those of other dates stay.

        ``rows`` has the columns of ``targets`` but ``dataset``, one row a customer.

        Raises
        ------
        CrmError
            If the database cannot be used, or holds a list of later scores already;
            then it is as it was before.
        """
        filled = rows.with_columns(pl.lit(dataset).alias("dataset"))
        records = filled.select(TARGETS.columns.keys()).to_dicts()
        key = {"dataset": dataset, "snapshot_date": day}
        of_list = {**key, "n_customers": len(rows), "scored_at": scored_at}
        with self._told():
            META.create_all(self._engine)
            with self._engine.begin() as connection:
                add_missing(connection)
                self._take_turn(connection, key, of_list)
                upsert(connection, TARGETS, records)
                remove_others(connection, key, rows["customer_id"])
                self._check_count(connection, key, len(rows))

    def _take_turn(
        self, connection: sa.Connection, key: Mapping[str, Any], of_list: dict[str, Any]
    ) -> None:
        """Hold the list's row until the end, whoever else writes the same date."""
        connection.execute(insert_into(connection, LISTS, replaced=()), of_list)
        found = connection.execute(
            sa.select(LISTS.c.scored_at).where(*matching(LISTS, key)).with_for_update()
        ).scalar_one()
        if _utc(found) > of_list["scored_at"]:
            raise CrmError(
                f"{self.description} has a list of {key['snapshot_date']} from later "
                f"scores ({_utc(found):%Y-%m-%d %H:%M:%S} UTC), which stays; run "
                "batch_inference again to replace it"
            )
        upsert(connection, LISTS, [of_list])

    def _check_count(
        self, connection: sa.Connection, key: Mapping[str, Any], n_expected: int
    ) -> None:
        counted = sa.select(sa.func.count()).select_from(TARGETS)
        n_found = connection.execute(
            counted.where(*matching(TARGETS, key))
        ).scalar_one()
        if n_found != n_expected:
            raise CrmError(
                f"{self.description}: expected {n_expected:,} customers on the list, "
                f"found {n_found:,}; it takes two customer_ids for one, and nothing "
                "of the list was kept"
            )

    def _make_folder(self, url: URL) -> None:
        folder = Path(url.database or "").parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CrmError(f"{folder} cannot be made: {error.strerror}") from None

    @contextmanager
    def _told(self) -> Iterator[None]:
        """One line that names the cause and the way out, and no password."""
        try:
            yield
        except (sa.exc.SQLAlchemyError, OSError, RuntimeError) as error:
            reason = " ".join(str(getattr(error, "orig", error) or error).split())
        else:
            return
        if self._secret:
            reason = reason.replace(self._secret, "***")
        # Outside the handler: the driver's own error is not to be seen with this one.
        raise CrmError(
            f"{self.description} cannot take the list: {reason}; the scores are "
            "kept, and the same run again brings the list"
        )


def _parsed(location: str) -> URL:
    """The parts of the address, whose text may hold a password and is not quoted."""
    driver = location.partition(":")[0]
    if driver not in DRIVERS:
        raise ConfigError(
            f"stores.crm: {driver}: is no known database; {suggestion(driver, DRIVERS)}"
        )
    try:
        return sa.make_url(location)
    except (sa.exc.ArgumentError, ValueError):
        pass
    raise ConfigError(
        f"stores.crm: expected {driver}://NAME@HOST:PORT/DATABASE, special characters "
        "written like %40"
    )


def _described(url: URL) -> str:
    """The address alone, without password and options."""
    return URL.create(
        url.drivername,
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
    ).render_as_string()


def _connect_args(url: URL) -> dict[str, Any]:
    backend = url.get_backend_name()
    if backend == "sqlite":
        return {"timeout": ANSWER_SECONDS}
    limits: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT_SECONDS}
    if backend == "mysql":
        # Else a text that does not fit is cut without a word.
        limits |= {"sql_mode": "STRICT_ALL_TABLES", "charset": "utf8mb4"}
        limits |= {"read_timeout": ANSWER_SECONDS, "write_timeout": ANSWER_SECONDS}
    return limits


def _utc(moment: datetime) -> datetime:
    """A stored moment; without a zone it is what was written, which is UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
