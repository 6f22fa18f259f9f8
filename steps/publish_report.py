"""One page that says what was trained, how good it is and what was decided."""

from datetime import datetime
from typing import Annotated

import polars as pl
from zenml import step
from zenml.types import HTMLString

from churn.evaluation.scorecard import Scorecard
from churn.gates.decision import Decision
from churn.model.search import SearchResult
from churn.report.assemble import Training, assemble
from churn.report.training import training_report
from churn.scoring.bundle import Bundle
from churn.splits import Split
from churn.tables import Tables
from datasets.catalogue import load
from registry.registration import Registration
from registry.tracking import tracker


@step
def publish_report(  # noqa: PLR0913 (the report shows every artifact)
    dataset: str,
    as_of: str,
    tables: Tables,
    quarantine: pl.DataFrame,
    split: Split,
    search_result: SearchResult,
    bundle: Bundle,
    scorecard: Scorecard,
    decision: Decision,
    registration: Registration,
) -> Annotated[HTMLString, "report"]:
    """Write the report and attach it to the run, here and in the tracker."""
    training = Training(
        dataset=load(dataset),
        as_of=datetime.fromisoformat(as_of).date(),
        good=tables.frames,
        quarantined=quarantine,
        source=tables.source,
        split=split,
        search=search_result,
        bundle=bundle,
        scorecard=scorecard,
        decision=decision,
        model_version=registration.version,
        stage=registration.became,
    )
    page = training_report(assemble(training))
    tracker().text(page, "report.html")
    return HTMLString(page)
