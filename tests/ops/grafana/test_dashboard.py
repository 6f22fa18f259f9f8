"""The dashboard as a file; what its queries find is seen in ``tests/ops``."""

import json
from itertools import combinations

import pytest

from tests.ops.running_prometheus import OPS

DASHBOARD = json.loads((OPS / "grafana" / "dashboard.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
COLUMNS = 24


def overlap(one: dict, other: dict) -> bool:
    """Whether two places of the grid share a cell."""
    return (
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )


def test_it_can_be_imported_anywhere():
    variables = {one["name"]: one for one in DASHBOARD["templating"]["list"]}

    assert (DASHBOARD["id"], DASHBOARD["uid"]) == (None, "holdfast-servers")
    assert DASHBOARD["schemaVersion"] == 42
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    assert list(variables) == ["datasource", "job", "instance"]


def test_panels_lie_beside_each_other():
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    ids = [panel["id"] for panel in DASHBOARD["panels"]]

    assert not [pair for pair in combinations(places, 2) if overlap(*pair)]
    assert all(place["x"] + place["w"] <= COLUMNS for place in places)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_says_what_it_shows_and_asks_the_chosen_source(panel):
    targets = panel["targets"]

    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["datasource"] == SOURCE
    assert {json.dumps(one["datasource"]) for one in targets} == {json.dumps(SOURCE)}
    assert len({one["refId"] for one in targets}) == len(targets)
    assert all('job="$job"' in one["expr"] for one in targets)
