"""The Redis of the online features: there, open to us, and able to keep them."""

import secrets
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from churn.errors import ConfigError
from cli.doctor.case import Case
from cli.doctor.certificates import SYSTEM
from cli.doctor.connecting import reach
from cli.doctor.finding import Check, Denied, Remark, Unwell
from cli.doctor.place import ANSWER_SECONDS, CONNECT_SECONDS
from cli.stacks.sensitive import PASSWORD_VARIABLES

if TYPE_CHECKING:
    from storage.online.redis_address import RedisAddress

PASSWORD = PASSWORD_VARIABLES["online"]
PROBE_SECONDS = 10
LIBRARIES = ("redis",)


def online_checks(case: Case) -> Iterator[Check]:
    """The Redis, where the online features are in one."""
    address = case.stack.stores.get("online", "")
    if address.startswith(("redis://", "rediss://")):
        done = "lets us in" if case.is_quick else "lets us in, writes, keeps"
        yield Check("stores.online", done, partial(_examined, case, address), LIBRARIES)


def _examined(case: Case, address: str) -> Iterator[Remark]:
    import redis

    from storage.online.redis_address import parsed

    # No proxy stands before a Redis, whatever the variables say.
    known = {name: case.environ.get(name, "") for name in SYSTEM.variables}
    yield from reach(address, environ=known, trust=SYSTEM, now=case.now)
    try:
        login = parsed(address, environ=case.variables)
    except ConfigError as error:
        problem, _, way_out = str(error).partition("; ")
        raise Unwell(problem, way_out) from None
    try:
        with _client(login) as client:
            client.ping()
            if not case.is_quick:
                yield from _kept(client)
    except redis.RedisError as error:
        raise _refused(error, login, case.place_of(PASSWORD)) from None


def _client(login: "RedisAddress") -> Any:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return redis.Redis(
        host=login.host,
        port=login.port,
        db=login.db,
        username=login.username,
        password=login.password,
        ssl=login.scheme == "rediss",
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def _kept(client: Any) -> Iterator[Remark]:
    """Write a key, take it away, and look whether others would stay."""
    import redis

    key = f"holdfast:online:{{doctor}}:{secrets.token_hex(6)}"
    client.set(key, b"", ex=PROBE_SECONDS)
    client.delete(key)
    try:
        memory = client.info("memory")
    except redis.RedisError:
        return
    policy = memory.get("maxmemory_policy", "noeviction")
    if memory.get("maxmemory") and policy != "noeviction":
        yield Remark(
            f"the Redis drops features when its memory is full (maxmemory-policy "
            f"{policy})",
            "set maxmemory-policy noeviction",
        )


def _refused(error: Exception, login: "RedisAddress", where: str) -> Unwell:
    import redis

    said = " ".join(str(error).split())
    is_login = isinstance(error, redis.AuthenticationError) or "NOAUTH" in said
    if is_login and login.password is None:
        return Denied(
            f"{login} asks for a password, and there is none",
            f"put {PASSWORD} into the stack's secret",
        )
    if is_login:
        return Denied(
            f"{login} refuses this name and password",
            f"correct {PASSWORD} {where}, or the name in the address",
        )
    if isinstance(error, redis.exceptions.NoPermissionError):
        return Denied(
            f"{login} forbids what publishing features needs: {said}",
            "allow the name these commands, on the keys holdfast:* (ACL SETUSER)",
        )
    if isinstance(error, redis.exceptions.ReadOnlyError):
        return Unwell(
            f"{login} is a replica that takes no writes", "name its primary here"
        )
    return Unwell(f"{login}: {said[:200]}", "see what it says")
