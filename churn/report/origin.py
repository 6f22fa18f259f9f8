"""Where the model comes from: its kind, its features, its data, its lineage."""

from collections.abc import Mapping, Sequence

from churn.features.declarations import Feature
from churn.report.blocks import Block, Cell, Facts, Fold, Group, Prose, Section, Table
from churn.report.content import Compared, ModelChoice, TableQuality, Window
from churn.report.formats import capital, number, plural, readable, signed
from churn.report.inline import share_bar
from churn.report.words import kind_label

MOST_IMPORTANT = 12
UNMEASURED = "not measured"


def feature_section(
    features: Sequence[Feature], importance: Mapping[str, float]
) -> Section:
    """List what the model looks at, the most important first."""
    used = [feature for feature in features if feature.in_model]
    used.sort(key=lambda feature: -importance.get(feature.name, float("-inf")))
    greatest = max(importance.values(), default=0.0)
    rows = [_feature_row(feature, importance, greatest) for feature in used]
    first, rest = rows[:MOST_IMPORTANT], rows[MOST_IMPORTANT:]
    blocks: list[Block] = [_features("The most important features", first)]
    if rest:
        table = _features("The other features", rest)
        summary = f"{plural(len(rest), 'more feature')}"
        blocks.append(Fold(summary=summary, blocks=(table,)))
    return Section("Features", tuple(blocks))


def model_section(model: ModelChoice) -> Section:
    """Say which model was trained, and why this one."""
    facts = (
        ("Model", kind_label(model.kind)),
        ("Why", capital(model.why)),
        ("Calibration", model.calibration),
        ("Imbalance", model.imbalance),
    )
    blocks: list[Block] = [Facts(items=facts)]
    if model.imbalance_damage is not None:
        blocks.append(Prose(text=model.imbalance_damage, tone="unsure"))
    if model.candidates:
        blocks.append(_candidates(model))
    return Section("Choice of model", tuple(blocks))


def data_section(windows: Sequence[Window], quality: Sequence[TableQuality]) -> Section:
    """Show which snapshots were used and which raw rows were set aside."""
    return Section("Data and its quality", (_windows(windows), _quality(quality)))


def lineage_section(lineage: Mapping[str, str]) -> Section:
    """List what this version was made from."""
    facts = tuple((readable(label), text) for label, text in lineage.items())
    return Section("Lineage", (Facts(items=facts, exact=True),))


def _features(caption: str, rows: Sequence[tuple[Cell, ...]]) -> Table:
    return Table(
        caption=caption,
        head=("Feature", "Importance"),
        groups=(Group("", tuple(rows)),),
        note="Importance: loss of ROC-AUC when the feature's values are shuffled. "
        "Features that carry the same news share it.",
    )


def _feature_row(
    feature: Feature, importance: Mapping[str, float], greatest: float
) -> tuple[Cell, ...]:
    name = Cell(text=feature.name, detail=f"{feature.meaning} [{feature.unit}]")
    value = importance.get(feature.name)
    if value is None:
        return (name, Cell(text=UNMEASURED))
    share = value / greatest if greatest > 0 else 0.0
    return (name, Cell(text=signed(value, "score"), plot=share_bar(share)))


def _candidates(model: ModelChoice) -> Table:
    return Table(
        caption="Candidates, compared within the training window",
        head=("Kind", "Log loss", "Above the best", "Standard error", "Trials"),
        groups=(Group("", tuple(_candidate(c, model) for c in model.candidates)),),
        note="The simplest candidate within one standard error of the best is taken.",
    )


def _candidate(one: Compared, model: ModelChoice) -> tuple[Cell, ...]:
    chosen = "chosen" if one.kind == model.kind else ""
    return (
        Cell(text=kind_label(one.kind), detail=chosen),
        Cell(text=number(one.log_loss, "loss")),
        Cell(text=number(one.gap, "loss")),
        Cell(text=number(one.gap_se, "loss")),
        Cell(text=f"{one.n_trials:,}"),
    )


def _windows(windows: Sequence[Window]) -> Table:
    return Table(
        caption="Snapshots by window",
        head=("Window", "Snapshots", "Churners", "Churn rate"),
        groups=(Group("", tuple(_window(window) for window in windows)),),
    )


def _window(window: Window) -> tuple[Cell, ...]:
    first, last = window.first_snapshot.isoformat(), window.last_snapshot.isoformat()
    rate = window.n_churners / window.n_rows if window.n_rows else None
    return (
        Cell(
            text=readable(window.name),
            detail=first if first == last else f"{first} to {last}",
        ),
        Cell(text=f"{window.n_rows:,}"),
        Cell(text=f"{window.n_churners:,}"),
        Cell(text=number(rate, "share")),
    )


def _quality(quality: Sequence[TableQuality]) -> Table:
    return Table(
        caption="Raw rows read and quarantined",
        head=("Table", "Rows read", "Quarantined", "Share"),
        groups=(Group("", tuple(_table_row(table) for table in quality)),),
        note="A quarantined row broke at least one rule and was not used.",
    )


def _table_row(table: TableQuality) -> tuple[Cell, ...]:
    rules = "; ".join(f"{rule}: {n:,}" for rule, n in table.broken_rules.items())
    share = table.n_quarantined / table.n_rows if table.n_rows else None
    return (
        Cell(text=table.table, detail=rules or "no rule broken"),
        Cell(text=f"{table.n_rows:,}"),
        Cell(text=f"{table.n_quarantined:,}"),
        Cell(text=number(share, "share")),
    )
