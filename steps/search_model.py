"""Choose a kind of model and its parameters."""

from time import monotonic
from typing import Annotated

from threadpoolctl import threadpool_limits
from zenml import step
from zenml.logger import get_logger

from churn.model.plan import ModelPlan, SearchPlan
from churn.model.race import Observer, TrialRecord
from churn.model.search import SearchResult, search
from churn.snapshots import SnapshotPlan
from churn.splits import Split
from datasets.catalogue import load
from registry.tracking import tracker

logger = get_logger(__name__)


@step
def search_model(
    dataset: str,
    split: Split,
    model: ModelPlan,
    plan: SearchPlan | None,
    snapshots: SnapshotPlan | None,
) -> Annotated[SearchResult, "search_result"]:
    """Compare candidates by cross-validation inside the training window."""
    report = tracker()

    def on_trial(trial: TrialRecord) -> None:
        name = f"{trial.kind} {trial.number}"
        report.trial(name, trial.params, {"log_loss": trial.log_loss})
        logger.info("%s: log loss %.4f", name, trial.log_loss)

    with threadpool_limits(model.threads):
        result = search(
            split.train,
            load(dataset).model_features,
            model,
            plan,
            maturity_days=snapshots.maturity_days if snapshots else 0,
            observer=Observer(monotonic, on_trial),
        )
    logger.info("%s", result.why)
    return result
