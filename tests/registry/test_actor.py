"""Who does something is not for the environment to say."""

import os
import pwd

import pytest

from registry.actor import actor


@pytest.mark.parametrize("name", ["LOGNAME", "USER", "LNAME", "USERNAME"])
def test_nobody_becomes_another_person_by_a_variable(
    monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setenv(name, "a-second-person")

    assert actor() == pwd.getpwuid(os.getuid()).pw_name


def test_a_user_without_a_name_is_told_by_number(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)

    assert actor() == "uid 4000000"
