"""Requests that are here at the same moment: scored together, answered each alone."""

import asyncio
import json

import pytest

from serving.active import write_record
from serving.metrics import NOT_LOGGED
from tests.serving.running import asked
from tests.serving.served import active, in_process, small


def together(server, bodies):
    """Ask all of them in one turn of the event loop."""

    async def ask():
        head = {"content-type": "application/json"}
        contents = [json.dumps(body).encode() for body in bodies]
        asks = [server._ask("POST", "/predict", one, head) for one in contents]
        return await asyncio.gather(*asks)

    return asyncio.run(ask())


def counted(server, monkeypatch) -> list[int]:
    """How many rows each call of the graph had."""
    sizes: list[int] = []
    inputs = type(server.served.champion.inputs)
    columns = inputs.columns

    def counting(self, rows):
        sizes.append(len(rows))
        return columns(self, rows)

    monkeypatch.setattr(inputs, "columns", counting)
    return sizes


def test_they_share_a_call_and_have_their_own_answers(tmp_path, monkeypatch):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    bodies = [asked(n / 10 - 2, f"c{n}") for n in range(40)]
    alone = [server.post(body).json["predictions"] for body in bodies]
    sizes = counted(server, monkeypatch)

    answers = together(server, bodies)

    for answer, (one,) in zip(answers, alone, strict=True):
        (prediction,) = answer.json["predictions"]
        assert prediction["customer_id"] == one["customer_id"]
        # The last bit depends on how many rows a vector unit takes at once.
        expected = pytest.approx(one["probability"], abs=1e-15)
        assert prediction["probability"] == expected
    assert sizes == [40]
    logged = {record.request_id: record for record in server.logged()}
    for n, answer in enumerate(answers):
        record = logged[answer.json["request_id"]]
        assert (record.customer, record.row) == (f"c{n}", 0)


def test_one_that_is_refused_costs_no_other_its_answer(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    bodies = [asked(0.5, f"c{n}") for n in range(5)]
    bodies[3]["values"] = {"tenure": "x"}

    statuses = [answer.status for answer in together(server, bodies)]

    assert statuses == [200, 200, 200, 422, 200]
    assert [record.customer for record in server.logged()] == ["c0", "c1", "c2", "c4"]


def test_more_than_fit_are_scored_in_several_calls(tmp_path, monkeypatch):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    sizes = counted(server, monkeypatch)

    answers = together(server, [asked(0.5)] * 100)

    assert {answer.status for answer in answers} == {200}
    assert sizes == [64, 36]


def test_a_swap_between_two_of_them_mixes_nothing(tmp_path):
    one, two = small(tmp_path, 1.0), small(tmp_path, 2.0)
    server = in_process(tmp_path, one)
    first = server.served
    change = active(two)
    write_record(
        server.state.active,
        type(change)(
            **{name: getattr(change, name) for name in change.__struct_fields__}
            | {"revision": 2, "sequence": 8}
        ),
        durable=False,
    )
    server.model.look()
    second = server.served
    gathering = server.gathering

    async def ask():
        from serving.scoring import Row

        rows = [Row({"tenure": 0.5}, f"c{n}", 840.0) for n in range(4)]
        order = [first, first, second, first]
        asks = [gathering.answer(s, row) for s, row in zip(order, rows, strict=True)]
        return await asyncio.gather(*asks)

    found = asyncio.run(ask())

    assert [scored.version for scored in found] == ["1.0", "1.0", "2.0", "1.0"]
    assert [record.sequence for record in server.logged()] == [7, 7, 8, 7]


def test_a_log_that_is_full_refuses_them_all(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    server.state.log.rmdir()
    server.state.log.write_text("a file where the folder was")

    lost = NOT_LOGGED._value.get()

    answers = together(server, [asked(0.5)] * 3)

    assert {answer.status for answer in answers} == {503}
    assert NOT_LOGGED._value.get() - lost == 3
