"""The page of one model: what is live and why, what may follow, what was before.

Small for hundreds of versions: gates are shown of the few that matter now.
"""

from churn.report.blocks import (
    Block,
    Checks,
    Facts,
    Fold,
    Mark,
    Page,
    Prose,
    Section,
    Tone,
    Verdict,
)
from churn.report.formats import capital
from churn.report.models_content import Live, ModelReport, ModelVersion
from churn.report.models_tables import (
    history_section,
    moment,
    stage_words,
    version_section,
    version_table,
)
from churn.report.outcome import (
    APPROVED,
    REFUSED,
    gate_checks,
    policy_words,
    reason_words,
    worth,
)
from churn.report.page import render
from churn.report.words import kind_label

CANDIDATES = ("staging", "waiting")
ENDED = ("stopped", "rolled back")
MOST_ENDED = MOST_REFUSED = 3
LIVE = Mark("✓", "Live", "good")
NOTHING_LIVE = Mark("○", "Nothing is live", "bad")
FOOTER = (
    "Drawn from the ledger alone. Intervals are 95%. Figures only: this page holds no "
    "customer's data, loads nothing and runs no script."
)


def model_page(report: ModelReport) -> str:
    """Write the page of one model as self-contained HTML.

    Returns
    -------
    str
        HTML5 below 300 kB; equal reports give equal text.
    """
    page = Page(
        kicker="Models",
        title=report.dataset,
        facts=_facts(report),
        sections=(
            _live_section(report),
            _candidate_section(report),
            _rollback_section(report),
            version_section(report),
            history_section(report),
        ),
        footer=FOOTER,
    )
    return render(page)


def _facts(report: ModelReport) -> tuple[tuple[str, str], ...]:
    return (
        ("Model", report.model),
        ("Versions", f"{len(report.versions):,}"),
        ("Ledger", f"event {report.sequence:,}"),
        ("As of", moment(report.at) if report.at else "nothing has happened yet"),
    )


def _live_section(report: ModelReport) -> Section:
    if report.live is None:
        nothing = Verdict(
            mark=NOTHING_LIVE,
            sentence="No version of this model is in production.",
            detail="",
            summary="",
        )
        return Section("What is live", (nothing,))
    live = report.live
    blocks: list[Block] = [_live(live), Facts(items=_origin(live))]
    if live.version.decision is not None:
        blocks.append(Fold(summary="Its gates", blocks=_gates(live.version)))
    return Section("What is live", tuple(blocks))


def _live(live: Live) -> Verdict:
    kind = kind_label(live.version.kind)
    return Verdict(
        mark=LIVE,
        sentence=(
            f"Version {live.version.version}, {kind}, since {moment(live.since)}."
        ),
        detail=_brought(live),
        summary=worth(live.version.figures),
    )


def _brought(live: Live) -> str:
    if live.rolled_back_from is None:
        return f"Promoted by {live.actor}: {live.reason}"
    return (
        f"Took over again from version {live.rolled_back_from}, rolled back by "
        f"{live.actor}: {live.reason}"
    )


def _origin(live: Live) -> tuple[tuple[str, str], ...]:
    decision = live.version.decision
    skipped = (("Override", "the rollout was skipped"),) if live.is_override else ()
    approvers = ", ".join(live.approvers)
    return (
        *skipped,
        *((("Approved by", approvers),) if approvers else ()),
        *((("Decided", policy_words(decision)),) if decision else ()),
        *((capital(label), text) for label, text in live.version.origin.items()),
    )


def _candidate_section(report: ModelReport) -> Section:
    found = [v for v in report.versions if v.stage in CANDIDATES and v.decision]
    found.sort(key=lambda version: CANDIDATES.index(version.stage))
    blocks: list[Block] = [Fold(summary=_summary(v), blocks=_gates(v)) for v in found]
    if report.rollout:
        blocks.insert(0, Prose(text=report.rollout))
    if not blocks:
        blocks = [Prose(text="No version waits to be promoted.")]
    ended = [v for v in report.versions if v.stage in ENDED]
    refused = [v for v in report.versions if v.stage == "refused" and v.decision]
    blocks += [
        Fold(summary=_summary(version), blocks=_gates(version))
        for version in (*ended[:MOST_ENDED], *refused[:MOST_REFUSED])
    ]
    return Section("Candidates and their gates", tuple(blocks))


def _summary(version: ModelVersion) -> str:
    words = "" if version.decision is None else reason_words(version.decision)
    if version.stage in ENDED:
        words = version.why
    stage = stage_words(version.stage)
    return f"Version {version.version}, {stage} since {moment(version.since)}: {words}"


def _gates(version: ModelVersion) -> tuple[Block, ...]:
    if version.decision is None:
        return ()
    checks: Checks = gate_checks(version.decision)
    verdict = Verdict(
        mark=APPROVED if version.decision.approved else REFUSED,
        sentence=f"Version {version.version}: {kind_label(version.kind)}.",
        detail=policy_words(version.decision),
        summary=worth(version.figures),
    )
    return (verdict, checks)


def _rollback_section(report: ModelReport) -> Section:
    tone: Tone = "unsure" if report.fallback.version is None else "plain"
    blocks: list[Block] = [Prose(text=report.fallback.sentence, tone=tone)]
    found = next(
        (v for v in report.versions if v.version == report.fallback.version), None
    )
    if found is not None and report.live is not None:
        blocks.append(version_table("Before and after", (report.live.version, found)))
    return Section("What a rollback would do", tuple(blocks))
