import json
import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest

from churn.errors import UsageError
from churn.scoring.bundle import open_bundle
from cli.serve import example, run_server, usual_row
from tests.conftest import CHECKOUT
from tests.serving.small_bundles import small_bundle


@pytest.fixture
def bundle(tmp_path: Path):
    return open_bundle(Path(small_bundle(tmp_path / "one", 1.0).bundle_uri))


def test_the_command_line_asks_for_a_customer_with_nothing_unusual(bundle):
    words = shlex.split(example(bundle, port=8123))

    body = json.loads(words[-1])
    assert words[:3] == ["curl", "-s", "http://127.0.0.1:8123/predict?reasons=3"]
    assert body == {
        "customer_id": "example",
        "customer_value": 500.0,
        "values": {"tenure": -3.0},
    }
    assert bundle.inputs.columns([body["values"]])[1] == ((),)


def test_where_every_row_is_unusual_the_last_one_is_taken(tmp_path: Path, bundle):
    rows = ({"tenure": 500.0}, {"tenure": None})
    unusual = SimpleNamespace(inputs=bundle.inputs, golden=SimpleNamespace(rows=rows))

    assert usual_row(unusual) == {"tenure": None}


def test_before_anything_is_in_production_the_way_there_is_told(
    tmp_path: Path, monkeypatch
):
    monkeypatch.setenv("HOLDFAST_HOME", str(tmp_path))

    with pytest.raises(UsageError, match="no version of telco on stack local is in"):
        run_server(CHECKOUT, "telco", "local", port=1, options=())
