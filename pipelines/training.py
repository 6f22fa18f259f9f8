"""Raw tables to a decided, registered model version."""

from typing import Annotated, Any

from zenml import pipeline
from zenml.config import CachePolicy
from zenml.types import HTMLString

import materializers.registration  # noqa: F401 (makes ZenML use our formats)
from churn.evaluation.definitions import EvaluationPlan
from churn.features.engine import EnginePlan
from churn.leaks.plan import LeakPlan
from churn.model.plan import CalibrationPlan, ModelPlan, SearchPlan
from churn.probes.plan import ProbePlan
from churn.scoring.decision import Economics
from churn.snapshots import SnapshotPlan
from churn.splits import StratifiedSplit, TimeSplit
from churn.tables import Load
from datasets.subscriptions.plan import Simulation
from pipelines.caching import core_fingerprint
from steps.build_snapshots import build_snapshots
from steps.decide_promotion import decide_promotion
from steps.evaluate_model import evaluate_model
from steps.fit_model import fit_model
from steps.load_tables import load_tables
from steps.probe_leaks import probe_leaks
from steps.probe_model import probe_model
from steps.publish_models_page import publish_models_page
from steps.publish_report import publish_report
from steps.register_model import register_model
from steps.repair_mirrors import repair_mirrors
from steps.score_champion import score_champion
from steps.search_model import search_model
from steps.split_snapshots import split_snapshots
from steps.validate_tables import validate_tables

# ZenML turns the function into the path it is imported from.
CACHING = CachePolicy(cache_func=core_fingerprint)  # type: ignore[arg-type]


@pipeline(name="training", cache_policy=CACHING)
def training(  # noqa: PLR0913 (one parameter a section of the configuration)
    dataset: str,
    source: str | None,
    as_of: str | None,
    simulation: Simulation | None,
    snapshots: SnapshotPlan | None,
    time_split: TimeSplit | None,
    stratified_split: StratifiedSplit | None,
    model: ModelPlan,
    search: SearchPlan | None,
    calibration: CalibrationPlan,
    evaluation: EvaluationPlan,
    leaks: LeakPlan,
    probes: ProbePlan,
    load: Load,
    max_quarantined_share: float,
    features: EnginePlan,
    economics: Economics,
    bounds: dict[str, float],
    policy: dict[str, Any],
) -> Annotated[HTMLString, "report"]:
    """Train, measure, decide, register."""
    repair_mirrors()
    raw_tables, oracle = load_tables(dataset, source, simulation, load)
    tables, quarantine, moment = validate_tables(dataset, raw_tables, as_of)
    built = build_snapshots(
        dataset,
        tables,
        quarantine,
        moment,
        snapshots,
        max_quarantined_share,
        features,
    )
    split = split_snapshots(built, snapshots, time_split, stratified_split)
    found = search_model(dataset, split, model, search, snapshots)
    bundle = fit_model(dataset, split, found, model, calibration, economics)
    champion = score_champion(dataset, split, after=["repair_mirrors"])
    leaking = probe_leaks(dataset, tables, moment, split, leaks, policy, bounds)
    observations, behaviour, reseeded = probe_model(
        dataset, split, found, bundle, champion, leaking, model, calibration, probes
    )
    evidence, scorecard = evaluate_model(
        dataset,
        split,
        bundle,
        oracle,
        champion,
        observations,
        behaviour,
        reseeded,
        evaluation,
    )
    decision = decide_promotion(evidence, policy, bounds)
    registration = register_model(bundle, scorecard, evidence, decision, policy, bounds)
    publish_models_page(dataset, after=["register_model"])
    return publish_report(
        dataset,
        moment,
        tables,
        quarantine,
        split,
        found,
        bundle,
        scorecard,
        decision,
        registration,
    )
