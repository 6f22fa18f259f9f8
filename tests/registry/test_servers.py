"""The ledger in real servers: the same promises as in a file."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from registry.errors import LedgerBrokenError, LedgerError, LedgerMovedError
from registry.ledger import Ledger
from registry.rows import EVENTS
from registry.verify import verify
from tests.conftest import CHECKOUT
from tests.ledger_histories import History
from tests.storage.servers import PASSWORD, mariadb, postgresql

pytestmark = pytest.mark.server

QUOTED = "p%40ss%3A%20w%2Frd"
N = 200


@pytest.fixture(scope="module", params=[mariadb, postgresql], ids=lambda p: p.__name__)
def server(request):
    with request.param() as server:
        yield server


@pytest.fixture
def ledger(server):
    history = Ledger(server.url(QUOTED))
    yield history
    with history._engine.begin() as connection:
        connection.execute(sa.delete(EVENTS))
    history.close()


def edited(ledger: Ledger, sequence: int, **values: object) -> None:
    with ledger._engine.begin() as connection:
        where = EVENTS.c.sequence == sequence
        connection.execute(sa.update(EVENTS).where(where).values(**values))


def test_tables_are_made_by_whoever_comes_first(server):
    with ThreadPoolExecutor(8) as pool:
        ledgers = list(pool.map(Ledger, [server.url(QUOTED)] * 8))

    assert {one.events("churn") for one in ledgers} == {()}
    for one in ledgers:
        one.close()


def test_every_byte_comes_back(ledger):
    hard = 'it\'s "quoted" \\ back, 100 %s, für Łódź 🐈, \u00a0 and spaces  '
    big = {f"gate {n}": {"sentence": hard, "value": n / 7} for n in range(4_000)}
    event = History("churn").add("archived", 1, big, reason=hard).events[0]

    (written,) = ledger.append(event)

    assert ledger.events("churn") == (written,)
    assert (written.reason, written.evidence) == (hard, big)
    assert len(json.dumps(big)) > 400_000


def test_models_are_told_apart_by_case_and_accent(ledger):
    first = History("churn").add("archived", 1).events[0]
    for name in ("churn", "Churn", "chürn"):
        ledger.append(replace(first, model=name))

    assert [len(ledger.events(n)) for n in ("churn", "Churn", "chürn", "x")] == [
        1,
        1,
        1,
        0,
    ]


def test_of_200_processes_that_saw_the_same_head_exactly_one_promotes(server, ledger):
    ledger.append(*History("churn").trained(1, "staged").events)

    done = subprocess.run(
        [sys.executable, "-m", "tests.registry.promoters", server.url(QUOTED), str(N)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )

    ends = json.loads(done.stdout)
    assert (len(ends), ends.count("won")) == (N, 1)
    assert set(ends) == {"won", "LedgerMovedError"}
    assert len(ledger.events("churn")) == 5


def test_a_taken_number_is_refused_and_nothing_is_written(ledger):
    events = History("churn").trained(1, None).add("archived", 1).events
    before = ledger.append(*events[:3])

    with pytest.raises(LedgerMovedError):
        ledger.append(events[2], events[3])
    assert ledger.events("churn") == before


def test_an_altered_row_is_found(ledger):
    ledger.append(*History("churn").trained(1, "promoted").events)

    edited(ledger, 2, actor="nobody")
    assert verify(ledger.events("churn"), [], None).sequence == 2

    edited(ledger, 2, evidence="{} ")
    with pytest.raises(LedgerBrokenError, match="event 2 of 'churn'"):
        ledger.events("churn")


def test_a_wrong_password_and_an_absent_server_are_told_in_one_line(server):
    gone = replace(server, port=9)

    for url in (server.url("wr0ng"), gone.url("wr0ng")):
        with pytest.raises(LedgerError, match="nothing was changed") as caught:
            Ledger(url)
        assert "wr0ng" not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_who_only_reads_makes_no_table(server):
    ledger = Ledger(server.url(QUOTED))
    EVENTS.drop(ledger._engine)

    with pytest.raises(LedgerError, match="no ledger at .*:\\*\\*\\*@127"):
        Ledger(server.url(QUOTED), create=False)
    assert not sa.inspect(ledger._engine).has_table(EVENTS.name)
    ledger.close()


def test_a_password_may_come_beside_the_address(server):
    ledger = Ledger(server.url(None), password=PASSWORD)

    assert ledger.events("nobody") == ()
    ledger.close()


def test_a_password_in_the_address_wins_over_the_one_beside_it(server):
    ledger = Ledger(server.url(QUOTED), password=QUOTED)

    assert ledger.events("nobody") == ()
    ledger.close()
