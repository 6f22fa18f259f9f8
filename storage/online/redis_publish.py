"""One batch on its way into a Redis: written aside, then shown at once."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
import redis

from storage.online.redis_generations import COMPLETE, Generation, Keys, generations
from storage.online.rows import SETS_KEPT, OnlineStoreError, Published, decoded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from storage.online.batch import Batch, Encoded

CHUNK_ROWS = 500
"""Few, for Redis answers nobody else while it takes a chunk in."""

LEFTOVER_SECONDS = 3600

TAKEN_OVER = (
    "another publisher took over, and nothing of this batch was published; run again "
    "after the other has ended"
)


class Publication:
    """A batch and the new generation it is written into."""

    def __init__(
        self, client: redis.Redis, keys: Keys, batch: Batch, *, where: str
    ) -> None:
        self._client: Any = client  # redis-py types every answer as perhaps awaitable
        self._keys, self._batch, self._where = keys, batch, where
        self._number = 0
        self._shown: tuple[Generation, ...] = ()
        self._n_older = self._n_new = 0

    def run(self) -> Published:
        """Write everything, then show it; a failure leaves what was shown.

        Raises
        ------
        OnlineStoreError
            If another publisher began meanwhile.
        redis.RedisError
        """
        self._begin()
        try:
            self._fill()
        except (redis.RedisError, OSError, OnlineStoreError):
            with suppress(redis.RedisError, OSError):
                self._client.unlink(self._keys.rows(self._number))
            raise
        # From here on the rows may be in use, whatever a cut connection tells us.
        self._show()
        return Published(len(self._batch) - self._n_older, self._n_older)

    def _begin(self) -> None:
        """Take the next number, and the place of whoever was writing."""
        self._number = self._client.incr(self._keys.counter)
        with self._client.pipeline() as pipe:
            pipe.set(self._keys.staging, self._number, get=True)
            pipe.get(self._keys.sets)
            unfinished, sets = pipe.execute()
        self._shown = generations(sets)
        if unfinished is not None:
            self._client.unlink(self._keys.rows(int(unfinished)))

    def _fill(self) -> None:
        """Write the batch, and the rows of customers whom it lacks."""
        self._write({COMPLETE: self._number})
        for chunk in self._batch.chunks(CHUNK_ROWS):
            self._write(self._newest(chunk))
        written = self._batch.keys() | {COMPLETE}
        for rows in self._scanned():
            self._write({key: row for key, row in rows.items() if key not in written})

    @property
    def _before(self) -> str:
        """The generation this one continues; a key without rows if there is none."""
        same = [g for g in self._shown if g.features == self._batch.features]
        return self._keys.rows(same[0].number if same else 0)

    def _newest(self, chunk: list[Encoded]) -> Mapping[bytes, bytes]:
        """Of each customer the row of the later snapshot; the batch's if equal."""
        before = self._client.hmget(self._before, [key for key, _, _ in chunk])
        newest = {}
        for (key, day, stored), old in zip(chunk, before, strict=True):
            is_older = old is not None and decoded(old).snapshot_day > day
            newest[key] = old if is_older else stored
            self._n_older += is_older
            self._n_new += old is None
        return newest

    def _scanned(self) -> Iterable[Mapping[bytes, bytes]]:
        cursor = -1
        while cursor:
            cursor, rows = self._client.hscan(
                self._before, max(cursor, 0), count=CHUNK_ROWS
            )
            yield rows

    def _write(self, rows: Mapping[bytes, bytes | int]) -> None:
        """Add rows to the new generation, which vanishes if nobody goes on with it."""
        if not rows:
            return
        with self._client.pipeline() as pipe:
            pipe.hset(self._keys.rows(self._number), mapping=rows)
            pipe.expire(self._keys.rows(self._number), LEFTOVER_SECONDS)
            pipe.get(self._keys.staging)
            *_, staging = pipe.execute()
        self._check(is_ours=staging == b"%d" % self._number)

    def _show(self) -> None:
        """Point readers to the new generation in one transaction."""
        keys = self._keys
        rows = keys.rows(self._number)
        with self._client.pipeline() as pipe:
            pipe.watch(keys.staging, rows)
            n_rows = max(pipe.hlen(self._before), 1) + self._n_new
            is_ours = pipe.get(keys.staging) == b"%d" % self._number
            self._check(is_ours=is_ours and pipe.hlen(rows) == n_rows)
            kept, dropped = self._after()
            pipe.multi()
            pipe.persist(rows)
            pipe.set(keys.sets, msgspec.msgpack.encode(kept))
            pipe.set(keys.head, self._number)
            pipe.delete(keys.staging)
            for generation in dropped:
                pipe.unlink(keys.rows(generation.number))
            self._check(is_ours=self._executed(pipe))

    def _after(self) -> tuple[list[Generation], list[Generation]]:
        """Generations to keep, newest first, and those to drop."""
        features = self._batch.features
        others = [g for g in self._shown if g.features != features]
        kept = [Generation(self._number, features), *others][:SETS_KEPT]
        return kept, [g for g in self._shown if g not in kept]

    def _check(self, *, is_ours: bool) -> None:
        if not is_ours:
            raise OnlineStoreError(f"{self._where}: {TAKEN_OVER}")

    def _executed(self, pipe: Any) -> bool:
        """Whether the transaction went through, be it that its answer was lost."""
        try:
            pipe.execute()
        except redis.WatchError:
            return bool(self._client.get(self._keys.head) == b"%d" % self._number)
        return True
