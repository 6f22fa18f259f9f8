"""What every online store does; run for each kind by the test modules beside."""

import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from churn.errors import DataError, NotEnoughDataError
from storage.online.rows import OnlineStoreError
from storage.online.store import open_online
from tests.storage.online.feature_rows import (
    DAY,
    NOON,
    ODD_ROWS,
    SCHEMA,
    bits,
    many,
    row,
    rows,
)

CHECKOUT = Path(__file__).resolve().parents[3]
LATER = DAY + timedelta(days=1)
N_CUSTOMERS = 6000

PUBLISH = """
import os, sys
import storage.online.batch as batch
from storage.online.store import open_online
from tests.storage.online.feature_rows import many
url, logins, dies_after = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
encoded = batch.Batch.encoded
def dying(self):
    for n, row in enumerate(encoded(self)):
        if n == dies_after:
            os.kill(os.getpid(), 9)
        yield row
batch.Batch.encoded = dying
store = open_online(url, dataset="shop", environ={})
store.publish(many(int(sys.argv[4]), logins=logins))
"""


def publisher(url, *, logins, dies_after, n_customers=N_CUSTOMERS):
    """Start another process that publishes and kills itself after so many rows."""
    told = [url, str(logins), str(dies_after), str(n_customers)]
    return subprocess.Popen([sys.executable, "-c", PUBLISH, *told], cwd=CHECKOUT)


def opened(url, **more):
    return open_online(url, **{"dataset": "shop", "environ": {}} | more)


class StoreContract:
    """The module of a subclass has a fixture ``url`` of an empty store."""

    @pytest.fixture
    def store(self, url):
        with closing(opened(url)) as store:
            yield store

    def test_answers_stand_where_the_questions_stood(self, store):
        store.publish(rows(row("a", logins=1), row("b", logins=2)))

        found = store.read(["b", "nobody", "a", "b", "\ud800"], at=NOON)

        asked = [
            answer and (answer.customer_id, answer.values["logins"]) for answer in found
        ]
        assert asked == [("b", 2), None, ("a", 1), ("b", 2), None]

    def test_nobody_asked_nobody_answered(self, store):
        assert store.read([], at=NOON) == []

    def test_every_value_comes_back_to_the_bit(self, store):
        store.publish(ODD_ROWS)

        found = store.read(ODD_ROWS["customer_id"].to_list(), at=NOON)

        names = ("logins", "share", "plan")
        back = [[bits(answer.values[name]) for name in names] for answer in found]
        sent = [[bits(value) for value in r] for r in ODD_ROWS.select(names).rows()]
        assert back == sent
        assert [type(a.values["share"]) for a in found if a.customer_id == "h"] == [
            float
        ]
        assert {answer.snapshot_date for answer in found} == {DAY}
        assert [a.customer_id for a in found] == ODD_ROWS["customer_id"].to_list()

    def test_a_value_past_its_time_to_live_is_none_with_a_reason(self, store):
        expires = datetime(2024, 3, 1, 12, 0, 0, 1, tzinfo=UTC)
        store.publish(rows(("a", DAY, 1, 0.5, "pro", expires)))

        last, gone = (
            store.read(["a"], at=at)[0]
            for at in (expires, expires + timedelta(microseconds=1))
        )

        assert (last.values["plan"], last.reasons) == ("pro", {})
        assert gone.values == {"logins": 1, "share": 0.5, "plan": None}
        since = "older than its time to live since 2024-03-01T12:00:00.000001Z"
        assert gone.reasons == {"plan": since}

    def test_a_batch_published_again_changes_nothing(self, store):
        batch = rows(row("a"), row("b"))
        first = store.publish(batch)
        before = store.read(["a", "b"], at=NOON)

        again = store.publish(batch)

        assert first == again
        assert store.read(["a", "b"], at=NOON) == before

    def test_a_corrected_batch_of_the_same_day_replaces(self, store):
        store.publish(rows(row("a", logins=1)))

        store.publish(rows(row("a", logins=2)))

        assert store.read(["a"], at=NOON)[0].values["logins"] == 2

    def test_a_late_batch_replaces_only_what_is_older(self, store):
        store.publish(rows(row("a", logins=5, day=LATER), row("b", logins=1)))

        published = store.publish(rows(row("a", logins=2), row("b", logins=2)))

        found = [a.values["logins"] for a in store.read(["a", "b"], at=NOON)]
        assert found == [5, 2]
        assert (published.n_rows, published.n_older) == (1, 1)

    def test_a_customer_who_is_gone_keeps_the_last_row_with_its_date(self, store):
        store.publish(rows(row("a"), row("gone", logins=3)))

        store.publish(rows(row("a", day=LATER)))

        stayed, gone = store.read(["a", "gone"], at=NOON)
        assert (stayed.snapshot_date, gone.snapshot_date) == (LATER, DAY)
        assert gone.values["logins"] == 3

    def test_many_who_are_gone_are_all_kept(self, store):
        store.publish(many(2500, logins=1))

        store.publish(rows(row("c000007", logins=2), row("new", logins=2)))

        asked = [*many(2500, logins=1)["customer_id"], "new"]
        found = [answer.values["logins"] for answer in store.read(asked, at=NOON)]
        assert found == [1] * 7 + [2] + [1] * 2492 + [2]

    def test_data_sets_do_not_mix(self, store, url):
        store.publish(rows(row("a", logins=1)))
        with closing(opened(url, dataset="bank")) as bank:
            bank.publish(rows(row("a", logins=2), row("b", logins=2)))

            assert bank.read(["a"], at=NOON)[0].values["logins"] == 2

        assert [a and a.values["logins"] for a in store.read(["a", "b"], at=NOON)] == [
            1,
            None,
        ]

    def test_before_anything_is_published_reading_says_so(self, store, url):
        with pytest.raises(OnlineStoreError, match=r"shop.*nothing was published yet"):
            store.read(["a"], at=NOON)
        with closing(opened(url, dataset="bank")) as bank:
            bank.publish(rows(row("a")))
        with pytest.raises(OnlineStoreError, match="nothing was published yet"):
            store.read(["a"], at=NOON)

        store.publish(rows(row("a")))

        assert store.read(["a"], at=NOON)[0].customer_id == "a"

    def test_a_reader_goes_on_with_the_features_its_model_needs(self, store, url):
        without = rows(row("a", logins=2), row("new")).drop("plan", "plan__expires_at")
        with (
            closing(opened(url, needs={"plan": "category"})) as reader,
            closing(opened(url, needs={"logins": "number"})) as newer,
        ):
            store.publish(rows(row("a", logins=1)))
            assert newer.read(["a"], at=NOON)[0].values["logins"] == 1

            store.publish(without)

            assert reader.read(["a", "new"], at=NOON)[1] is None
            assert reader.read(["a"], at=NOON)[0].values["plan"] == "pro"
            assert newer.read(["a"], at=NOON)[0].values == {"logins": 2, "share": 0.5}

    def test_features_nobody_published_are_an_error_with_the_nearest(self, store, url):
        store.publish(rows(row("a")))

        with (
            closing(
                opened(url, needs={"logins": "number", "plans": "category"})
            ) as reader,
            pytest.raises(OnlineStoreError, match=r"feature plans .*nearest is plan;"),
        ):
            reader.read(["a"], at=NOON)

    def test_a_feature_of_another_kind_is_an_error(self, store, url):
        store.publish(rows(row("a")))

        with (
            closing(opened(url, needs={"plan": "number"})) as reader,
            pytest.raises(OnlineStoreError, match="plan as a number; it is .* String"),
        ):
            reader.read(["a"], at=NOON)

    def test_only_the_last_two_feature_sets_are_kept(self, store, url):
        batch = rows(row("a"))
        store.publish(batch)
        store.publish(batch.drop("plan__expires_at"))
        store.publish(batch.drop("plan", "plan__expires_at"))

        with closing(opened(url, needs={"plan": "category"})) as reader:
            assert reader.read(["a"], at=NOON)[0].values["plan"] == "pro"
            store.publish(batch.drop("plan", "plan__expires_at", "share"))
            with pytest.raises(OnlineStoreError, match="expected feature plan"):
                reader.read(["a"], at=NOON)

    def test_a_publisher_killed_in_the_middle_leaves_the_old_batch(self, store, url):
        everybody = many(N_CUSTOMERS, logins=1)
        store.publish(everybody)

        killed = publisher(url, logins=2, dies_after=N_CUSTOMERS - 100)

        assert killed.wait(timeout=60) == -signal.SIGKILL
        asked = everybody["customer_id"].to_list()
        assert {a.values["logins"] for a in store.read(asked, at=NOON)} == {1}
        assert store.publish(many(N_CUSTOMERS, logins=3)).n_rows == N_CUSTOMERS
        assert {a.values["logins"] for a in store.read(asked, at=NOON)} == {3}
        self.check_no_leftover(store)

    def check_no_leftover(self, store):
        """The store's own way to see what the killed one left."""

    def test_readers_see_whole_batches_only(self, store, url):
        asked = [f"c{n:06}" for n in range(0, N_CUSTOMERS, 300)]
        store.publish(many(N_CUSTOMERS, logins=0))
        seen = [{0}]

        other = publisher(url, logins=1, dies_after=-1)
        while other.poll() is None:
            seen.append({a.values["logins"] for a in store.read(asked, at=NOON)})
            time.sleep(0.0005)
        seen.append({a.values["logins"] for a in store.read(asked, at=NOON)})

        assert other.returncode == 0
        assert {len(figures) for figures in seen} == {1}
        assert (seen[0], seen[-1]) == ({0}, {1})

    @pytest.mark.parametrize(
        ("batch", "message"),
        [
            (
                rows(row("a"), row("b"), row("a")),
                "expected one a customer, found 1 more",
            ),
            (rows(row(None)), "lacks its customer or date"),
            (rows(row("a")).drop("snapshot_date"), "snapshot_date as Date, found no"),
            (
                rows(row("a")).cast({"logins": pl.Int32}),
                "logins: expected .* found Int32",
            ),
            (rows(row("a")).drop("plan"), "there is no feature plan"),
            (
                rows(row("a")).cast({"plan__expires_at": pl.Datetime("us")}),
                "plan__expires_at: expected .*UTC",
            ),
        ],
    )
    def test_a_batch_that_makes_no_sense_is_refused_as_a_whole(
        self, store, batch, message
    ):
        store.publish(rows(row("before")))

        with pytest.raises(DataError, match=message):
            store.publish(batch)

        assert store.read(["a"], at=NOON) == [None]

    def test_a_batch_of_nobody_is_refused(self, store):
        with pytest.raises(NotEnoughDataError, match="found none"):
            store.publish(pl.DataFrame(schema=SCHEMA))

    def test_a_moment_without_a_zone_is_refused(self, store):
        store.publish(rows(row("a")))

        with pytest.raises(TypeError, match="naive"):
            store.read(["a"], at=datetime(2024, 3, 1))  # noqa: DTZ001 (the point)
