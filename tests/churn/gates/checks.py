"""Checks with all their fields, of which a test states the few it is about."""

from churn.gates.check import Check

USUAL = {
    "metric": None,
    "metrics": (),
    "by": "interval",
    "opponents": (),
    "texts": {},
    "undecided": "blocks",
    "applies": "always",
}


def check(kind, **stated):
    """A check of this kind; what is no field of every check is one of its numbers."""
    fields = {"name": kind, "kind": kind, **USUAL}
    numbers = {key: stated[key] for key in stated if key not in fields}
    fields |= {key: stated[key] for key in stated if key in fields}
    return Check(**fields, numbers=numbers)
