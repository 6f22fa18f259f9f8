import json
from pathlib import Path

import pytest

from cli.stacks import acting

CHECKOUT = Path(__file__).resolve().parents[3]


@pytest.fixture
def checkout(clean_zenml):
    """A repository with the configurations of this one."""
    for name in ("configs", "steps"):
        (clean_zenml / name).symlink_to(CHECKOUT / name)
    return clean_zenml


@pytest.mark.zenml
@pytest.mark.filterwarnings("ignore:DELETE statement on table")
@pytest.mark.long
def test_each_command_tells_what_it_did_and_nothing_else(checkout, capsys):
    def told(act, **options):
        capsys.readouterr()
        act(checkout, "local", as_json=True, **options)
        changes = json.loads(capsys.readouterr().out)
        return {change["component"]: change["action"] for change in changes}

    planned = told(acting.diff)
    made = told(acting.apply, is_forced=False)
    again = told(acting.apply, is_forced=False)
    left = told(acting.diff)
    gone = told(acting.remove, is_forced=False)

    assert made == planned | {"active stack": "changed"}
    assert set(again.values()) == {"left"}
    assert set(left.values()) == {"left"}
    assert gone == dict.fromkeys(planned, "removed") | {"active stack": "changed"}
    acting.diff(checkout, "local", as_json=False)
    assert "created stack: holdfast-local-" in capsys.readouterr().out
