"""Where a model server finds the latest features of a customer.

``sqlite:///PATH`` is a file, ``redis://[NAME[:PASSWORD]@]HOST:PORT/DB`` a Redis
(``rediss://`` over TLS). Nothing is opened before the first row is read or published.
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from churn.errors import ConfigError
from churn.naming import suggestion
from storage.online.sqlite_store import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import polars as pl

    from storage.online.rows import Kind, OnlineRow, Published

ONLINE_URL = "HOLDFAST_ONLINE_URL"
SCHEMES = ("sqlite", "redis", "rediss")
ANY: Mapping[str, Kind] = MappingProxyType({})


class OnlineStore(Protocol):
    """The latest row of each customer of one data set."""

    @property
    def address(self) -> str:
        """What to show of it; never a password."""

    def publish(self, rows: pl.DataFrame) -> Published:
        """Make a batch readable: all of it at once, or nothing.

        A row replaces one of the same or an older snapshot date, so a batch may be
        published again, and late. Customers the batch lacks keep their row, whose
        date tells its age. Rows of other features stay apart.

        Parameters
        ----------
        rows : DataFrame
            One a customer: ``customer_id``, ``snapshot_date``, features as Int64,
            Float64 or String, and ``<feature>__expires_at`` (UTC) of those with a
            time to live.

        Raises
        ------
        DataError
            If a customer has several rows, or a column another type.
        OnlineStoreError
            If the store cannot be written; what was readable is so still.
        """

    def read(
        self, customer_ids: Sequence[str], *, at: datetime
    ) -> list[OnlineRow | None]:
        """One answer for each customer asked, in order, from one published state.

        Parameters
        ----------
        customer_ids : sequence of str
            One asked twice is answered twice.
        at : datetime with a zone
            Values whose time to live has ended by then are None, with a reason.

        Returns
        -------
        list
            None for a customer without a row.

        Raises
        ------
        OnlineStoreError
            If the store is out of reach, or holds no features that fit.
        """

    def close(self) -> None:
        """Let go of the connection."""


def open_online(
    url: str,
    *,
    dataset: str,
    environ: Mapping[str, str],
    needs: Mapping[str, Kind] = ANY,
) -> OnlineStore:
    """The online store at an address, without connecting yet.

    Parameters
    ----------
    environ : mapping
        ``HOLDFAST_ONLINE_PASSWORD`` is the password where the URL has none.
    needs : mapping of feature to kind
        What a reader must find. Of the published feature sets the newest one that
        has all of it is read; if none has, reading is an error.

    Raises
    ------
    ConfigError
        For an address that is none; never quoting it.
    """
    scheme = url.partition(":")[0]
    if not url:
        raise ConfigError(
            f"{ONLINE_URL} is not set: the stack file names no online store"
        )
    if scheme not in SCHEMES:
        raise ConfigError(
            f"{scheme}: is no known kind of online store; {suggestion(scheme, SCHEMES)}"
        )
    if scheme == "sqlite":
        return SqliteStore(_file(url), dataset=dataset, needs=needs)
    from storage.online.redis_address import parsed
    from storage.online.redis_store import RedisStore

    return RedisStore(parsed(url, environ=environ), dataset=dataset, needs=needs)


def _file(url: str) -> Path:
    path = url.removeprefix("sqlite:///")
    if path in (url, ""):
        raise ConfigError("the sqlite URL has no path; expected sqlite:///PATH")
    return Path(path)
