"""What the refusal of an S3 store means, and what to do about it."""

import re

from cli.doctor.finding import Denied, Unwell

CODE = re.compile(r"<Code>(\w{1,60})</Code>")
SET_CLOCK = "set the clock of the one that is wrong (NTP)"
KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


def refused(said: str, act: str, bucket: str, endpoint: str) -> Unwell:
    """What the store's code means, and the way out."""
    told = CODE.search(said)
    code = told[1] if told else ""
    known = {
        "InvalidAccessKeyId": Denied(
            f"{endpoint} does not know the AWS_ACCESS_KEY_ID", f"correct {KEYS}"
        ),
        "SignatureDoesNotMatch": Denied(
            f"{endpoint} knows another AWS_SECRET_ACCESS_KEY for this "
            "AWS_ACCESS_KEY_ID",
            f"correct {KEYS}",
        ),
        "NoSuchBucket": Unwell(
            f"{endpoint} has no bucket {bucket}",
            f"make it (aws s3 mb s3://{bucket}), or correct the address",
        ),
        "RequestTimeTooSkewed": Unwell(
            f"{endpoint} refuses requests of this machine's clock", SET_CLOCK
        ),
    }
    if code in known:
        return known[code]
    if code in ("AccessDenied", "Forbidden") or "403 Forbidden" in said:
        return Denied(
            f"these keys may not {act} s3://{bucket} at {endpoint}",
            "give them the rights to list, get, put and delete there, or use others",
        )
    if "credential" in said.casefold():
        return no_keys()
    return Unwell(
        f"cannot {act} s3://{bucket} at {endpoint}: {_short(said)}", "see what it says"
    )


def no_keys() -> Denied:
    """Nobody said who we are."""
    return Denied("no keys are given", f"put {KEYS} into the stack's secret")


def _short(said: str) -> str:
    told = said.partition("Debug source")[0].partition("<?xml")[0]
    return " ".join(told.split())[:200]
