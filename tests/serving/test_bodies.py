"""Bodies: put together, bounded in size and in time."""

import asyncio
from typing import Any

import pytest

from serving.bodies import Bodies
from serving.problems import Problem


def reading(*pieces: bytes, most_bytes: int = 3, ends: bool = True) -> bytes:
    return read_from(list(pieces), most_bytes=most_bytes, ends=ends)


def read_from(left: list[bytes], *, most_bytes: int = 3, ends: bool = True) -> bytes:
    async def receive() -> Any:
        if not left:
            return {"type": "http.disconnect"}
        piece = left.pop(0)
        more = bool(left) or not ends
        return {"type": "http.request", "body": piece, "more_body": more}

    bodies = Bodies(most_bytes=most_bytes, seconds=5)
    return asyncio.run(bodies.read(receive))


def test_a_body_in_pieces_is_put_together():
    assert reading(b"a", b"", b"bc") == b"abc"


@pytest.mark.parametrize(
    ("n_pieces", "n_left"),
    [(2, 0), (24, 0), (25, 0), (30, 5)],
)
def test_a_body_that_is_too_long_is_refused_once_it_is_sent_or_far_too_long(
    n_pieces: int, n_left: int
):
    pieces = [b"ab"] * n_pieces

    with pytest.raises(Problem) as raised:
        read_from(pieces)

    assert raised.value.status == 413
    assert len(pieces) == n_left


def test_a_body_that_ends_early_is_none():
    with pytest.raises(Problem) as raised:
        reading(b"ab", ends=False)

    assert raised.value.status == 400


async def never() -> Any:
    await asyncio.sleep(30)


def test_a_body_that_does_not_come_is_not_waited_for_while_others_go_on():
    bodies = Bodies(most_bytes=10, seconds=0.02)

    async def read() -> tuple[BaseException, bytes]:
        late = asyncio.create_task(bodies.read(never))
        await asyncio.sleep(0.01)

        async def receive() -> Any:
            await asyncio.sleep(0.015)
            return {"type": "http.request", "body": b"x"}

        fine = asyncio.create_task(bodies.read(receive))
        found = await asyncio.gather(late, fine, return_exceptions=True)
        assert bodies._due == {}
        return found

    late, fine = asyncio.run(read())

    assert isinstance(late, Problem)
    assert late.status == 408
    assert fine == b"x"


def test_a_late_request_may_still_be_answered():
    bodies = Bodies(most_bytes=10, seconds=0.02)

    async def read() -> int:
        with pytest.raises(Problem):
            await bodies.read(never)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert asyncio.run(read()) == 0


def test_who_is_cancelled_for_another_reason_is_not_told_of_time():
    bodies = Bodies(most_bytes=10, seconds=5)

    async def read() -> None:
        task = asyncio.create_task(bodies.read(never))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(read())
