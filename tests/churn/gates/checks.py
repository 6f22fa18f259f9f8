"""Checks with all their fields, of which a test states the few it is about."""

from churn.gates.check import Check


def check(kind, *, metric=None, by="interval", opponents=(), **numbers):
    return Check(
        name=kind,
        kind=kind,
        metric=metric,
        by=by,
        opponents=opponents,
        numbers=numbers,
        undecided="blocks",
        applies="always",
    )
