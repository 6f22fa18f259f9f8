"""Bodies: put together, bounded in size and in time."""

import asyncio
from typing import Any

import pytest

from serving.bodies import Bodies
from serving.problems import Problem


def reading(*pieces: bytes, most_bytes: int = 3, ends: bool = True) -> bytes:
    left = list(pieces)

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


def test_a_body_that_grows_too_long_is_read_no_further():
    with pytest.raises(Problem) as raised:
        reading(b"ab", b"cd", b"never read")

    assert raised.value.status == 413


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
