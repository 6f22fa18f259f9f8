from uuid import UUID

import pytest

from churn.errors import ConfigError
from cli.stacks.comparing import Wanted, compare, differences
from cli.stacks.file import Component, StackFile
from cli.stacks.flavors import FLAVORS
from cli.stacks.held import Held, HeldComponent, HeldStack

ONE, TWO, THREE, FOUR = (UUID(int=n) for n in range(1, 5))
FILE = StackFile(
    name="s",
    zenml_name="holdfast-s",
    home="/h",
    server=None,
    components={
        "orchestrator": Component("local", {}),
        "alerter": Component("holdfast_file", {"path": "/new"}),
    },
    stores={"ledger": "sqlite:///l"},
    variables={"AWS_REGION": "eu"},
    secrets=("hush",),
    settings={},
    steps={},
)
WANTED = Wanted(FILE, {"orchestrator": {}, "alerter": {"path": "/new"}}, {"hush": ONE})
NAMES = ("holdfast-s-local", "holdfast-s-holdfast_file")
HELD = Held(
    flavors={key: FLAVORS[key] for key in [("alerter", "holdfast_file")]},
    components={
        ("orchestrator", NAMES[0]): HeldComponent(
            TWO, "orchestrator", NAMES[0], "local", {}
        ),
        ("alerter", NAMES[1]): HeldComponent(
            THREE, "alerter", NAMES[1], "holdfast_file", {"path": "/old", "token": "t"}
        ),
    },
    stack=HeldStack(
        FOUR,
        {"orchestrator": TWO, "alerter": THREE},
        {"AWS_REGION": "us", "HOLDFAST_LEDGER_URL": "sqlite:///l"},
        frozenset(),
    ),
)


def test_everything_is_created_where_there_is_nothing():
    changes = compare(WANTED, Held({}, {}, None))

    assert {change.action for change in changes} == {"created"}
    assert [change.component for change in changes] == [
        "alerter flavor",
        "orchestrator",
        "alerter",
        "stack",
    ]


def test_what_differs_is_said_and_what_may_be_a_secret_is_not_shown():
    flavor, orchestrator, alerter, stack = compare(WANTED, HELD)

    assert (flavor.action, orchestrator.action) == ("left", "left")
    assert alerter.details == ("path: /old → /new", "token: (not shown) → nothing")
    assert stack.details == ("AWS_REGION: us → eu", "secret hush: added")


def test_a_flavor_of_another_project_is_not_taken():
    other = Held({("alerter", "holdfast_file"): "theirs.Flavor"}, {}, None)

    with pytest.raises(ConfigError, match=r"another project.*'holdfast_file'"):
        compare(WANTED, other)


def test_differences_name_each_key_once():
    told = differences({"a": 1, "b": 2, "url": "x://u:p@h"}, {"b": 2, "c": 3})

    assert told == ("a: 1 → nothing", "url: (not shown) → nothing", "c: nothing → 3")
