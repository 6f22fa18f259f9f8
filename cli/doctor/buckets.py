"""Buckets of S3, and of stores that speak its language."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from cli.doctor.asking import answer, clock_of
from cli.doctor.bucket_errors import SET_CLOCK, no_keys, refused
from cli.doctor.case import Case
from cli.doctor.certificates import BOTO, SYSTEM, Trust
from cli.doctor.connecting import reach
from cli.doctor.finding import Check, Remark, Unwell
from cli.doctor.place import ANSWER_SECONDS, CONNECT_SECONDS

# Servers refuse requests signed by a clock that differs by a quarter of an hour.
MOST_SKEW, SKEW_TO_TELL = timedelta(minutes=14), timedelta(minutes=2)
TOLD = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
)
LIBRARIES = ("obstore.store", "requests")
PROBE = "holdfast-doctor"
CONTENT = b"written by `run.py stacks doctor`, and removed at once\n"
OF_FSSPEC = {
    "key": "AWS_ACCESS_KEY_ID",
    "secret": "AWS_SECRET_ACCESS_KEY",
    "token": "AWS_SESSION_TOKEN",
}
OF_CLIENT = {"endpoint_url": "AWS_ENDPOINT_URL", "region_name": "AWS_REGION"}


def bucket_checks(case: Case) -> Iterator[Check]:
    """The artifact store and each store that is in a bucket."""
    done = "lists files" if case.is_quick else "lists, writes, reads, deletes files"
    if case.stack.components["artifact_store"].flavor == "s3":
        given = case.configuration("artifact_store")
        variables = {**case.variables, **_of_artifact_store(given)}
        yield Check(
            "components.artifact_store",
            done,
            partial(_used, case, str(given.get("path")), variables, BOTO),
            LIBRARIES,
        )
    for store, address in case.stack.stores.items():
        if address.startswith("s3://"):
            yield Check(
                f"stores.{store}", done, partial(_of_store, case, address), LIBRARIES
            )


def _of_artifact_store(given: Mapping[str, Any]) -> dict[str, str]:
    """Its settings as the variables that say the same; it heeds no AWS_ALLOW_HTTP."""
    client = given.get("client_kwargs") or {}
    told = {name: given.get(key) for key, name in OF_FSSPEC.items()}
    told |= {name: client.get(key) for key, name in OF_CLIENT.items()}
    return {name: str(v) for name, v in told.items() if v} | {"AWS_ALLOW_HTTP": "true"}


def _of_store(case: Case, address: str) -> Iterator[Remark]:
    variables = case.variables
    endpoint = variables.get("AWS_ENDPOINT_URL", "")
    allowed = variables.get("AWS_ALLOW_HTTP", "").lower() == "true"
    if endpoint.startswith("http://") and not allowed:
        raise Unwell(
            f"AWS_ENDPOINT_URL is {endpoint}, and nothing allows plain http",
            'say AWS_ALLOW_HTTP: "true" in `environment`, or use https://',
        )
    yield from _used(case, address, variables, SYSTEM)


def _used(
    case: Case, address: str, variables: Mapping[str, str], trust: Trust
) -> Iterator[Remark]:
    """Reach the server, compare clocks, and do with files what runs do."""
    bucket = urlsplit(address).netloc
    if not bucket:
        raise Unwell(f"{address} names no bucket", "write s3://BUCKET/PATH")
    endpoint = variables.get("AWS_ENDPOINT_URL") or _of_amazon(variables)
    yield from reach(endpoint, environ=variables, trust=trust, now=case.now)
    yield from _clocks(case, endpoint)
    _tried(address, bucket, endpoint, variables, is_quick=case.is_quick)


def _of_amazon(variables: Mapping[str, str]) -> str:
    region = variables.get("AWS_REGION") or variables.get("AWS_DEFAULT_REGION")
    return f"https://s3.{region or 'us-east-1'}.amazonaws.com"


def _clocks(case: Case, endpoint: str) -> Iterator[Remark]:
    try:
        theirs = clock_of(answer(endpoint))
    except Unwell:
        # What is wrong with the answer, the request that is signed will tell.
        return
    if theirs is None or theirs.tzinfo is None:
        return
    skew = abs(theirs - case.now)
    seconds = f"{skew.total_seconds():,.0f} s"
    told = f"the clocks of {endpoint} and of this machine differ by {seconds}"
    if skew > MOST_SKEW:
        raise Unwell(told, SET_CLOCK)
    if skew > SKEW_TO_TELL:
        yield Remark(told, SET_CLOCK)


def _tried(
    address: str,
    bucket: str,
    endpoint: str,
    variables: Mapping[str, str],
    *,
    is_quick: bool,
) -> None:
    import obstore
    from obstore.exceptions import BaseError

    store = _opened(address, variables)
    path = f"{PROBE}/{secrets.token_hex(8)}"
    act = "list files in"
    try:
        with suppress(StopIteration):
            next(iter(obstore.list(store, PROBE)))
        if is_quick:
            return
        act = "write a file into"
        obstore.put(store, path, CONTENT, use_multipart=False)
        act = "read a file from"
        found = bytes(obstore.get(store, path).bytes())
        act = "delete a file from"
        obstore.delete(store, path)
    except (BaseError, OSError, ValueError) as error:
        if not variables.get("AWS_ACCESS_KEY_ID") and "403 Forbidden" in str(error):
            raise no_keys() from None
        raise refused(str(error), act, bucket, endpoint) from None
    if found != CONTENT:
        raise Unwell(
            f"{address} gives back other bytes than were written", "ask whose it is"
        )


def _opened(address: str, variables: Mapping[str, str]) -> Any:
    from obstore.store import S3Store

    limit = timedelta(seconds=ANSWER_SECONDS)
    given: Any = {name: variables[name] for name in TOLD if variables.get(name)}
    return S3Store.from_url(
        address,
        config=given,
        client_options={
            "allow_http": True,
            # Looked at before, with the eyes of whoever will ask.
            "allow_invalid_certificates": True,
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "timeout": limit,
        },
        retry_config={"max_retries": 0, "retry_timeout": limit},
    )
