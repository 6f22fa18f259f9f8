"""The report of one training: decision first, then the evidence, then the origin.

Shows groups and figures, never a customer.
"""

from churn.report.blocks import Page
from churn.report.comparison import comparison_section, curve_section
from churn.report.content import TrainingReport
from churn.report.formats import number, plural
from churn.report.leaks import leak_section
from churn.report.origin import (
    data_section,
    feature_section,
    lineage_section,
    model_section,
)
from churn.report.outcome import decision_section, headline_section
from churn.report.page import render
from churn.report.slices import slice_section
from churn.report.words import kind_label

FOOTER = (
    "Intervals are 95%. Figures and groups only: this page holds no customer's data, "
    "loads nothing and runs no script."
)


def training_report(content: TrainingReport) -> str:
    """Write the report of one training as a self-contained HTML page.

    Returns
    -------
    str
        HTML5; equal contents give equal text.
    """
    sections = (
        decision_section(content),
        headline_section(content.scorecard),
        comparison_section(content.scorecard),
        curve_section(content.scorecard),
        slice_section(content.scorecard),
        leak_section(content.scorecard.leaks),
        feature_section(content.features, content.scorecard.importance),
        model_section(content.model),
        data_section(content.windows, content.quality),
        lineage_section(content.lineage),
    )
    page = Page(
        kicker="Training report",
        title=content.dataset,
        facts=_facts(content),
        sections=sections,
        footer=FOOTER,
    )
    return render(page)


def _facts(content: TrainingReport) -> tuple[tuple[str, str], ...]:
    card = content.scorecard
    rate = number(card.n_churners / card.n_rows if card.n_rows else None, "share")
    rows, customers = (
        plural(card.n_rows, "snapshot"),
        plural(card.n_customers, "customer"),
    )
    return (
        ("Data as of", content.as_of.isoformat()),
        ("Version", content.model_version or "not registered"),
        ("Model", kind_label(content.model.kind)),
        ("Tested on", f"{rows} of {customers}, {rate} churned"),
    )
