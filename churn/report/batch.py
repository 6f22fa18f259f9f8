"""The page of a batch run: whom to contact, what is new, who that is, and why.

Shows groups and figures, never a customer.
"""

from churn.batch.listed import Listed
from churn.batch.record import Scored
from churn.report.batch_change import change_section
from churn.report.batch_list import list_section
from churn.report.batch_tables import reason_section, score_section, who_section
from churn.report.blocks import Block, Cell, Facts, Group, Page, Prose, Section, Table
from churn.report.formats import plural, stated
from churn.report.models_tables import moment
from churn.report.page import render
from churn.scoring.decision import Economics

FOOTER = (
    "Intervals are 95%. Figures and groups only: this page holds no customer's data, "
    "loads nothing and runs no script."
)


def batch_report(dataset: str, scored: Scored, listed: Listed) -> str:
    """Write the page of one run as self-contained HTML.

    Returns
    -------
    str
        HTML5; equal runs give equal text.
    """
    page = Page(
        kicker="Batch scores",
        title=dataset,
        facts=(
            ("Customers of", scored.snapshot_date.isoformat()),
            ("Scored", moment(scored.origin.scored_at)),
            ("By version", scored.origin.model_version),
        ),
        sections=(
            list_section(scored, listed),
            change_section(listed),
            who_section(listed, n_left=scored.n_left),
            reason_section(listed),
            score_section(listed),
            _quarantine_section(scored),
            _origin_section(scored),
        ),
        footer=FOOTER,
    )
    return render(page)


def _quarantine_section(scored: Scored) -> Section:
    title = "Who could not be scored"
    if not scored.n_quarantined:
        n_rows = plural(scored.n_rows, "customer")
        return Section(title, (Prose(text=f"Nobody: all {n_rows} have a score."),))
    counted = sorted(scored.quarantined_because.items(), key=lambda it: (-it[1], it[0]))
    rows = [(Cell(text=why), Cell(text=f"{n:,}")) for why, n in counted]
    table = Table(
        caption=f"{plural(scored.n_quarantined, 'customer')} of {scored.n_rows:,}",
        head=("Reason", "Customers"),
        groups=(Group("", tuple(rows)),),
        note="Each of them with the reason stands in the table scores_quarantine.",
    )
    return Section(title, (table,))


def _origin_section(scored: Scored) -> Section:
    origin = scored.origin
    exact = (
        ("Bundle", origin.bundle_sha256),
        ("Features", origin.feature_version),
        ("Data", origin.data_version),
        ("Scores", f"{scored.address}, version {scored.table_version}"),
    )
    blocks: tuple[Block, ...] = (
        Facts(items=_economics(scored.economics)),
        Facts(items=exact, exact=True),
    )
    return Section("What the scores rest on", blocks)


def _economics(economics: Economics) -> tuple[tuple[str, str], ...]:
    return (
        ("A contact costs", stated(economics.contact_eur, "eur")),
        ("An offer costs", f"{stated(economics.offer_eur, 'eur')}, where it is taken"),
        ("Churners who accept", stated(economics.acceptance_rate, "share")),
    )
