"""One battery over every materializer: what is saved comes back equal."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from zenml.materializers.materializer_registry import materializer_registry

import materializers.registration as ours
from churn.backfill import Backfill
from churn.batch.record import BatchPlan, CurrentRows, Origin, Scored
from churn.batch.target_list import Exported
from churn.batch.targets import TargetPlan
from churn.evaluation.evidence import Evidence
from churn.evaluation.observations import (
    Expected,
    InputSchema,
    Observations,
    Speed,
)
from churn.evaluation.scorecard import Estimate
from churn.gates.decision import Decision, GateResult
from churn.model.search import SearchResult
from churn.monitoring.alarms import AlertPlan, due
from churn.monitoring.following import Looked
from churn.retraining.decide import decide
from churn.retraining.plan import Limits, Trigger
from churn.rollout.decision import RolloutDecision
from churn.rollout.evidence import RolloutEvidence, gathered
from churn.scoring.bundle import Bundle
from churn.scoring.decision import Economics
from churn.splits import Split
from churn.tables import Tables
from materializers.folder import FolderMaterializer
from registry.alarming import Alerted
from registry.champion import Champion
from registry.confirming import Confirmation
from registry.registration import Registration
from registry.rolling import Advance
from tests.batch_runs import listed, scores, yesterday
from tests.churn.retraining.cases import case
from tests.churn.rollout.test_evidence import log
from tests.evidences import evidence
from tests.healths import full_health, labelling
from tests.scorecards import leaks, scorecard
from tests.snapshot_rows import bundle

FRAME = pl.DataFrame({"customer_id": ["a", None], "n": [1, 2], "x": [0.5, None]})
TOLD = due({}, full_health(), AlertPlan(7, 0.25)).notices
WINDOW = pl.DataFrame(
    {
        "customer_id": ["a", "b"],
        "snapshot_date": pl.Series(["2024-01-01"] * 2).str.to_date(),
        "is_churn": [True, False],
    }
)
GATE = GateResult("ranks", "passed", False, Estimate(0.8, 0.7, 0.9, 5), 0.7, "fine")
LIMITS: dict[str, Any] = {
    "cool_down_days": 1,
    "most_per_year": 2,
    "most_health_age_days": 3,
    "waits_for_rollout_days": 4,
    "waits_for_sound_data": True,
}
VALUES: list[Any] = [
    FRAME,
    Tables({"customers": FRAME, "orders": FRAME.head(0)}, "shop.db"),
    Split(WINDOW, WINDOW, WINDOW),
    Decision(True, "improve", "because", (GATE,), False, True),
    SearchResult("xgboost", {"max_depth": 3}, (), "fixed", 0, 0, True, "fixed"),
    Backfill((date(2024, 1, 1),), (), 5, 0, "tables/features/shop"),
    Champion("3", "abc", "store/bundle", (0.1, 0.30000000000000004)),
    Champion(None, None, None, None),
    Registration("churn", "1", "production", 2),
    decide(
        Trigger("never", "Only people.", "refresh", Limits(**LIMITS), ()),
        case(asked="prices changed"),
    ),
    RolloutDecision("stay", "2", "so", "quick", "shadow", (GATE,), ("time",), None),
    gathered(*log(), version="4", sequence=7, alarm=None, note="no server"),
    Advance("stay", None, 7),
    Confirmation("2", True, False, "it answers"),
    CurrentRows(
        snapshot_date=date(2024, 3, 1),
        n_rows=3,
        is_built=False,
        feature_version="f",
        data_version="d",
        address=None,
    ),
    Scored(
        model="churn-shop",
        snapshot_date=date(2024, 3, 1),
        origin=Origin(
            model_version="2",
            bundle_sha256="abc",
            feature_version="f",
            data_version="d",
            scored_at=datetime(2024, 3, 1, 2, 0, 0, 5, tzinfo=UTC),
        ),
        plan=BatchPlan("targets", TargetPlan(None, 5, 0.1), threads=2),
        economics=Economics(offer_eur=10.5, contact_eur=1.0, acceptance_rate=0.3),
        n_rows=3,
        n_scored=2,
        n_quarantined=1,
        quarantined_because={"customer_id: none": 1},
        n_left=1,
        n_contacted=1,
        n_listed=1,
        n_explained=0,
        mean_probability=0.1,
        listed_net_value_eur=0.30000000000000004,
        table_version=4,
        address="tables/scores/churn-shop",
        quarantine_address="tables/scores_quarantine/churn-shop",
    ),
    listed(scores(60), yesterday(50)),
    Exported(3, "exports/targets/shop/2024-03-01.csv", "sqlite:///crm.db"),
    full_health(),
    labelling(),
    Looked(
        version="3",
        first_day=date(2024, 3, 1),
        last_day=date(2024, 3, 28),
        first_followed_day=date(2024, 1, 1),
        n_followed=7,
        notes=("a log was cut",),
    ),
    Alerted(TOLD, TOLD, ("volume",), {"webhook": "1 told"}),
    leaks(),
    evidence(60, champion_auc=0.8),
    scorecard(),
    Observations(
        leaks=leaks(),
        expectations={"stays": Expected("never_rises", "Who stays, stays.")},
        speed=Speed((1.5e-05, 2e-05), (1e-05, 3e-05), 300, 200),
        schema=InputSchema({"n": "number"}, {"n": "number"}, {}),
        approvals=("ada", "alan"),
        signed_by=None,
    ),
    bundle(),
]


def stored(value: Any) -> FolderMaterializer:
    """The materializer that ZenML would take for a value."""
    found: Any = materializer_registry[type(value)]
    return found


def plain(value: Any) -> Any:
    """A form in which two values can be compared."""
    if isinstance(value, Bundle):
        return value.files
    if isinstance(value, pl.DataFrame):
        return value.to_dict(as_series=False), value.schema
    if isinstance(value, Evidence | RolloutEvidence | Split | Tables):
        return {name: plain(part) for name, part in vars(value).items()}
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return value


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_what_is_saved_comes_back_equal(value: Any, clean_zenml: Path) -> None:
    uri = clean_zenml / "artifact"
    uri.mkdir()
    materializer = stored(value)(str(uri), _AnywhereStore())

    materializer.save(value)

    assert plain(materializer.load(type(value))) == plain(value)


@pytest.mark.parametrize("value", VALUES, ids=lambda v: type(v).__name__)
def test_the_content_hash_is_that_of_the_files(value: Any) -> None:
    materializer = stored(value)("anywhere", _AnywhereStore())

    again = materializer.from_files(materializer.to_files(value), type(value))

    assert materializer.compute_content_hash(value) == (
        materializer.compute_content_hash(again)
    )


def test_another_value_has_another_hash() -> None:
    materializer = stored(FRAME)("anywhere", _AnywhereStore())

    changed = FRAME.with_columns(n=pl.Series([1, 3]))

    assert materializer.compute_content_hash(FRAME) != (
        materializer.compute_content_hash(changed)
    )


def test_every_type_of_every_materializer_is_in_this_battery() -> None:
    ours_all = [getattr(ours, name) for name in ours.__all__]
    types = {kind for found in ours_all for kind in found.ASSOCIATED_TYPES}

    assert types == {type(value) for value in VALUES}


class _AnywhereStore:
    """The part of an artifact store that materializers use, on the local disk."""

    open = staticmethod(open)

    @staticmethod
    def listdir(uri: str) -> list[str]:
        """Names in a folder."""
        return [path.name for path in Path(uri).iterdir()]
