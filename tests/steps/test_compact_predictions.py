from types import SimpleNamespace

import pytest

from steps import compact_predictions as module
from steps.compact_predictions import compact_predictions
from storage.objects import open_objects
from storage.predictions.record import encode
from storage.predictions.ship import PREDICTIONS_URL
from tests.storage.predictions.records import feedback, prediction

SEGMENT = "segments/20251113T021300000000Z-w1-0123456789ab.jsonl"


@pytest.fixture(autouse=True)
def of_a_model(monkeypatch):
    monkeypatch.setattr(module, "model_name", lambda: "churn-shop")


def test_what_was_shipped_to_the_stores_folder_of_the_model_is_taken_in(
    monkeypatch, tmp_path
):
    monkeypatch.setenv(PREDICTIONS_URL, str(tmp_path))
    store = open_objects(str(tmp_path / "churn-shop"), environ={})
    store.put(SEGMENT, encode([prediction(), prediction(row=1), feedback()]))

    compacted = compact_predictions.entrypoint()

    assert compacted == {
        "segments": 1,
        "predictions": 2,
        "shadow": 0,
        "feedback": 1,
        "quarantine": 0,
    }


def test_a_stack_that_keeps_no_predictions_is_no_error(monkeypatch):
    monkeypatch.delenv(PREDICTIONS_URL, raising=False)

    assert compact_predictions.entrypoint() == {}


def test_the_log_of_a_run_tells_numbers_and_no_customer(monkeypatch, tmp_path):
    said: list[str] = []
    log = SimpleNamespace(info=lambda text, *values: said.append(text % values))
    monkeypatch.setattr(module, "logger", log)
    monkeypatch.setenv(PREDICTIONS_URL, str(tmp_path))
    store = open_objects(str(tmp_path / "churn-shop"), environ={})
    store.put(SEGMENT, b"c-secret\n" + encode([prediction(customer="c-secret")]))

    compact_predictions.entrypoint()

    assert said
    assert "c-secret" not in " ".join(said)
