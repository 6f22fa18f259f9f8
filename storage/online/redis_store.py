"""Online features in a Redis.

A batch is written into a new *generation*, one hash of all customers that nobody
reads yet; then one transaction points readers to it and drops the one before. A
generation never changes once it is read. What a killed publisher left behind is
dropped by the next one, or by Redis an hour later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from storage.online.redis_address import PASSWORD_VARIABLE
from storage.online.redis_generations import COMPLETE, Generation, Keys, generations
from storage.online.redis_publish import Publication
from storage.online.rows import (
    FeatureSet,
    Kind,
    OnlineRow,
    OnlineStoreError,
    Published,
    answer,
    chosen,
    key_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    import polars as pl

    from storage.online.redis_address import RedisAddress

READ_TIMEOUT_SECONDS = 1
PUBLISH_TIMEOUT_SECONDS = 30
READ_ATTEMPTS = 5
READ_CHUNK = 1000

Result = TypeVar("Result")


class RedisStore:
    """The online features of one data set in a Redis."""

    def __init__(
        self, address: RedisAddress, *, dataset: str, needs: Mapping[str, Kind]
    ) -> None:
        self.address = str(address)
        self._login, self._needs = address, needs
        self._keys = Keys(dataset)
        self._where = f"online features of {dataset} in {address}"
        self._reader: Any = _client(address, READ_TIMEOUT_SECONDS)
        self._resolved: tuple[bytes, Generation] | None = None

    def publish(self, rows: pl.DataFrame) -> Published:
        """Make a batch readable as a whole; all of it or nothing."""
        from storage.online.batch import Batch

        batch = Batch(rows)
        with _client(self._login, PUBLISH_TIMEOUT_SECONDS) as client:
            publication = Publication(client, self._keys, batch, where=self._where)
            return self._ask(publication.run, "written")

    def read(
        self, customer_ids: Sequence[str], *, at: datetime
    ) -> list[OnlineRow | None]:
        """The row of each customer as of now, in the order asked."""
        if not customer_ids:
            return []
        keys = [key_of(customer) for customer in customer_ids]
        features, found = self._ask(lambda: self._fetch(keys), "read")
        return answer(features, customer_ids, found, at=at)

    def close(self) -> None:
        """Let go of the connections."""
        self._reader.close()

    def _fetch(self, keys: list[bytes]) -> tuple[FeatureSet, list[bytes | None]]:
        """All rows from one generation.

        It was complete if it was the head after it was read; else a newer one is.
        """
        for _ in range(READ_ATTEMPTS):
            head, generation = self._resolved or self._resolve()
            rows, head_now = self._rows(generation.number, keys)
            if head_now == head:
                return generation.features, rows
            self._resolved = None
        raise OnlineStoreError(
            f"{self._where}: {READ_ATTEMPTS} batches were published while one was "
            "read; publish less often"
        )

    def _rows(
        self, number: int, keys: list[bytes]
    ) -> tuple[list[bytes | None], bytes | None]:
        with self._reader.pipeline(transaction=False) as pipe:
            for start in range(0, len(keys), READ_CHUNK):
                asked = [COMPLETE, *keys[start : start + READ_CHUNK]]
                pipe.hmget(self._keys.rows(number), asked)
            pipe.get(self._keys.head)
            *parts, head = pipe.execute()
        if head == self._head and None in [part[0] for part in parts]:
            raise OnlineStoreError(
                f"{self._where}: Redis has dropped the rows; give it memory enough "
                "(maxmemory-policy noeviction) and publish again"
            )
        return [row for part in parts for row in part[1:]], head

    @property
    def _head(self) -> bytes | None:
        return self._resolved[0] if self._resolved else None

    def _resolve(self) -> tuple[bytes, Generation]:
        """Find the generation to read, anew only after a batch was published."""
        with self._reader.pipeline() as pipe:
            pipe.get(self._keys.head)
            pipe.get(self._keys.sets)
            head, sets = pipe.execute()
        by_features = {g.features: g for g in generations(sets)}
        features = chosen(list(by_features), self._needs, self._where)
        self._resolved = head, by_features[features]
        return self._resolved

    def _ask(self, question: Callable[[], Result], done: str) -> Result:
        try:
            return question()
        except msgspec.DecodeError:
            reason = "its keys hold something else; choose another database"
        except (redis.RedisError, OSError) as error:
            reason = (
                f"{self._without_secret(str(error) or type(error).__name__)}; start "
                "that Redis, or correct stores.online in the stack's file and "
                f"{PASSWORD_VARIABLE}; nothing is half-written"
            )
        # Outside the handler: the driver's own error is not to be seen with this one.
        raise OnlineStoreError(f"{self._where} cannot be {done}: {reason}")

    def _without_secret(self, text: str) -> str:
        line = " ".join(text.split()).rstrip(".")
        secret = self._login.password
        return line.replace(secret, "***") if secret else line


def _client(address: RedisAddress, timeout_seconds: float) -> redis.Redis:
    """Connects when it is first asked; tries once more if a connection was cut."""
    return redis.Redis(
        host=address.host,
        port=address.port,
        db=address.db,
        username=address.username,
        password=address.password,
        ssl=address.scheme == "rediss",
        socket_timeout=timeout_seconds,
        socket_connect_timeout=min(timeout_seconds, 5),
        retry=Retry(NoBackoff(), 1),
        protocol=2,
    )
