"""Bounds on what a request may bring, checked before anything is made of it."""

import json
import re
from typing import Any

from serving.problems import Problem

SPACED_COLONS = (b" :", b"\t:", b"\n:", b"\r:")
OTHERS = bytes(set(range(256)) - set(b"[]{}"))
INNERMOST = re.compile(rb"\[\]|\{\}")
TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"')


def check_keys(body: bytes, n_keys: int) -> None:
    """Refuse an object that names a key twice, of which a parser keeps only one.

    ``n_keys`` is how many keys the parser kept of all objects together. A JSON text
    has a colon a key, and more only within its texts: if there are no more colons
    than keys, none was named twice. Only otherwise each object is looked at.

    Raises
    ------
    Problem
    """
    if body.count(b":") == n_keys:
        return
    is_dense = not any(spaced in body for spaced in SPACED_COLONS)
    if is_dense and body.count(b'":') == n_keys:
        return
    check_every_key(body)


def check_every_key(body: bytes) -> None:
    """Refuse an object that names a key twice, having looked at each object.

    Raises
    ------
    Problem
    """
    try:
        json.loads(body, object_pairs_hook=_unique)
    except RecursionError:
        raise Problem(400, "expected JSON of bounded depth, found a deeper one") from (
            None
        )
    except ValueError as error:
        raise Problem(400, f"expected JSON: {error}") from None


def check_depth(body: bytes, most_depth: int, *, n_known: int = 0) -> None:
    """Refuse JSON that is nested deeper; ``body`` is known to be JSON.

    ``n_known`` is how many objects and lists the parser found where they belong, no
    deeper than allowed: if there are no more brackets, there is nothing deeper.

    Raises
    ------
    Problem
    """
    if body.count(b"[") + body.count(b"{") <= max(most_depth, n_known):
        return
    # Brackets within texts may look deeper than they are.
    if _is_deeper(body, most_depth) and _is_deeper(TEXT.sub(b"", body), most_depth):
        raise Problem(400, f"expected JSON of at most {most_depth} levels")


def _is_deeper(body: bytes, most_depth: int) -> bool:
    """Whether brackets remain when the innermost pairs are taken out so many times."""
    brackets = body.translate(None, delete=OTHERS)
    for _ in range(most_depth):
        if not brackets:
            return False
        brackets = INNERMOST.sub(b"", brackets)
    return bool(brackets)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise Problem(
            400, f"{twice}: expected each key once, found it twice", field=twice
        )
    return found
