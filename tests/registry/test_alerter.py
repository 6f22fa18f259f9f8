"""The stack's alerter, whatever becomes of its messages."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from zenml.enums import StackComponentType

from flavors.alerter.flavor import FileAlerterFlavor
from registry.alerter import AlerterError, alerters, post_text

NOW = datetime(2024, 1, 1, tzinfo=UTC)


def file_alerter(path, **changed):
    """The alerter as ZenML makes it."""
    flavor = FileAlerterFlavor()
    made = type("Changed", (flavor.implementation_class,), changed)
    return made(
        name="file",
        id=uuid4(),
        config=flavor.config_class(path=str(path)),
        flavor=flavor.name,
        type=StackComponentType.ALERTER,
        user=None,
        created=NOW,
        updated=NOW,
    )


def test_the_text_of_a_document_is_posted(tmp_path):
    post_text(file_alerter(tmp_path / "alerts.jsonl"), {"text": "harm", "loss": 0.1})

    line = json.loads((tmp_path / "alerts.jsonl").read_text())
    assert line["message"] == "harm"


def test_what_an_alerter_raises_or_refuses_is_one_error(tmp_path):
    (tmp_path / "file").touch()
    broken = file_alerter(tmp_path / "file" / "alerts.jsonl")
    unwilling = file_alerter(tmp_path / "a", post=lambda *_: False)

    with pytest.raises(AlerterError, match="the alerter: FileExistsError"):
        post_text(broken, {"text": "harm"})
    with pytest.raises(AlerterError, match="did not take the message"):
        post_text(unwilling, {"text": "harm"})


def test_a_stack_without_an_alerter_has_none(clean_zenml):
    assert clean_zenml.is_dir()
    assert alerters() == {}
