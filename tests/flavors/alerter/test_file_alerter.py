import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from zenml.enums import StackComponentType

from flavors.alerter.flavor import FileAlerterFlavor


@pytest.fixture
def alerter(tmp_path):
    """The alerter as ZenML makes it, writing below a folder that is not there yet."""
    flavor, now = FileAlerterFlavor(), datetime(2024, 1, 1, tzinfo=UTC)
    config = flavor.config_class(path=str(tmp_path / "new" / "alerts.jsonl"))
    return flavor.implementation_class(
        name="file",
        id=uuid4(),
        config=config,
        flavor=flavor.name,
        type=StackComponentType.ALERTER,
        user=None,
        created=now,
        updated=now,
    )


def _lines(alerter):
    text = Path(alerter.config.path).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_each_message_is_one_more_line(alerter):
    assert alerter.post("first")
    assert alerter.post("second\nwith a break and ü")

    messages = [line["message"] for line in _lines(alerter)]
    assert messages == ["first", "second\nwith a break and ü"]


def test_time_is_now_in_utc(alerter):
    before = datetime.now(UTC)
    alerter.post("now")
    after = datetime.now(UTC)

    (line,) = _lines(alerter)
    assert before <= datetime.fromisoformat(line["time"]) <= after


def test_question_is_written_and_never_approved(alerter):
    assert alerter.ask("promote?") is False
    assert [line["message"] for line in _lines(alerter)] == ["promote?"]


def test_flavor_is_an_alerter_for_one_machine():
    flavor = FileAlerterFlavor()

    assert flavor.type == StackComponentType.ALERTER
    assert flavor.config_class(path="x").is_local
