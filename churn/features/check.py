"""Whether a data set's declarations can hold together, told before any data is read."""

from collections.abc import Iterable
from zoneinfo import available_timezones

from sqlglot.errors import ParseError

from churn.contracts import CUSTOMER
from churn.dataset import FIRST_SEEN, Dataset
from churn.errors import DeclarationError
from churn.features.check_expectations import check_expectations
from churn.features.check_parts import check_parts
from churn.features.check_types import check_types
from churn.features.declarations import (
    Age,
    Attribute,
    Column,
    Difference,
    Feature,
    Ratio,
    Recency,
    Share,
    Slope,
    Windowed,
)
from churn.features.history import RESERVED
from churn.features.lineage import columns_of, expressions, parts_of, references
from churn.naming import suggestion

KINDS = "Windowed, Share, Recency, Attribute, Age, Column, Ratio, Difference and Slope"


def check_dataset(dataset: Dataset) -> None:
    """Refuse a data set whose parts name what is not there, or what they must not.

    Raises
    ------
    DeclarationError
        Naming the declaration, the unknown name and the nearest valid one.
    """
    _check_names(dataset)
    _check_kind(dataset)
    for table in dataset.tables:
        _check_times(dataset, table)
    for feature in dataset.features:
        _check_refused(dataset, f"feature {feature.name}", _columns_used(feature))
        _check_feature(dataset, feature)
        check_parts(dataset, feature)
        check_types(dataset, feature)
    _check_sql(dataset)
    check_expectations(dataset)
    if dataset.kind == "table":
        _check_nothing_forgotten(dataset)


def _check_names(dataset: Dataset) -> None:
    seen: set[str] = set()
    for feature in dataset.features:
        if feature.name in seen:
            raise DeclarationError(
                f"{dataset.name}: two features are named {feature.name}; rename one"
            )
        seen.add(feature.name)


def _check_kind(dataset: Dataset) -> None:
    if dataset.kind == "events":
        lacks = [n for n in ("label", "eligible") if getattr(dataset, n) is None]
    else:
        lacks = ["churn_column"] if dataset.churn_column is None else []
        if len(dataset.tables) != 1:
            lacks.append("exactly one table")
    if lacks:
        raise DeclarationError(
            f"{dataset.name}: a data set of kind {dataset.kind} needs "
            f"{' and '.join(lacks)}"
        )
    if dataset.label is not None:
        _table_columns(dataset, "label", dataset.label.table)
    for name, table in dataset.tables.items():
        if CUSTOMER not in table.schema.column_names():
            raise DeclarationError(
                f"{dataset.name}: table {name} has no column {CUSTOMER}; let its "
                "prepare rename the key"
            )


def _check_times(dataset: Dataset, table: str) -> None:
    raw = dataset.tables[table]
    for column in RESERVED.intersection(raw.schema.column_names()):
        raise DeclarationError(
            f"{dataset.name}: table {table} has a column {column}, a name that the "
            "features' queries use; let prepare rename it"
        )
    for role in ("event_time", "known_at", "event_id"):
        column = getattr(raw, role)
        if column is not None:
            columns = raw.schema.column_names()
            _require(dataset, f"{role} of table {table}", column, columns)
    if raw.time_zone is not None and raw.time_zone not in available_timezones():
        near = suggestion(raw.time_zone, sorted(available_timezones()))
        raise DeclarationError(
            f"{dataset.name}: table {table} has the unknown time_zone "
            f"{raw.time_zone!r}; {near}"
        )
    for role in ("event_time", "known_at", "event_id"):
        column = getattr(raw, role)
        if column is not None and raw.schema.columns()[column].nullable:
            raise DeclarationError(
                f"{dataset.name}: {role} {column} of table {table} may be missing; "
                "such a row has no place in time, so declare it nullable=False"
            )
    if raw.event_time is not None and (raw.known_at is None) == (raw.delay is None):
        raise DeclarationError(
            f"{dataset.name}: table {table} has event_time {raw.event_time} and needs "
            "either known_at or a delay, so that nothing counts before it was known; "
            f"known_at={FIRST_SEEN!r} stands for when a row was first read here"
        )


def _check_refused(dataset: Dataset, what: str, names: Iterable[str]) -> None:
    """Refuse any use of the label, or of a column refused with a reason."""
    reasons = dict(dataset.refused)
    if dataset.churn_column is not None:
        reasons[dataset.churn_column] = "it is the label"
    for name in names:
        if name in reasons:
            raise DeclarationError(
                f"{dataset.name}: {what} uses {name}, which is refused: "
                f"{reasons[name]}; leave it out"
            )


def _check_feature(dataset: Dataset, feature: Feature) -> None:
    what = f"feature {feature.name}"
    match feature:
        case Windowed() | Share() | Recency() | Attribute() | Age():
            columns = _table_columns(dataset, what, feature.table)
            _require_times(dataset, what, feature.table)
        case Column():
            table = _static_table(dataset, what, feature)
            columns = _table_columns(dataset, what, table)
        case Ratio() | Difference() | Slope():
            columns = [f.name for f in dataset.features if f is not feature]
        case _:
            found = type(feature).__name__
            raise DeclarationError(
                f"{dataset.name}: {what} is a {found}; known are {KINDS}"
            )
    for column in _columns_used(feature):
        _require(dataset, what, column, columns)


def _require_times(dataset: Dataset, what: str, table: str) -> None:
    if dataset.tables[table].event_time is None:
        raise DeclarationError(
            f"{dataset.name}: {what} looks at the history of {table}, which declares "
            "no event_time; declare one, or a Column for what never changes"
        )


def _static_table(dataset: Dataset, what: str, feature: Column) -> str:
    """The table of a column: the only one of a table-like set, else the one named."""
    if dataset.kind == "table":
        return next(iter(dataset.tables))
    table = feature.table
    if table is None:
        raise DeclarationError(
            f"{dataset.name}: {what} is a Column and names no table; only in a data "
            "set of kind table the row is the snapshot"
        )
    _table_columns(dataset, what, table)
    if dataset.tables[table].event_time is not None:
        raise DeclarationError(
            f"{dataset.name}: {what} is a Column of {table}, which changes in time; "
            "declare an Attribute, which is the value known at the snapshot"
        )
    return table


def _columns_used(feature: Feature) -> list[str]:
    """Columns, or for what is made of others features, that a feature reads."""
    for sql in expressions(feature):
        _names_in(sql, f"feature {feature.name}")
    return [*columns_of(feature), *parts_of(feature)]


def _check_sql(dataset: Dataset) -> None:
    features = [f.name for f in dataset.features]
    columns = [c for t in dataset.tables.values() for c in t.schema.column_names()]
    over_values = features if dataset.kind == "events" else columns
    checks: list[tuple[str, str | None, list[str]]] = [
        ("customer_value", dataset.customer_value, over_values),
        ("eligible", dataset.eligible, features),
    ]
    checks += [(f"slice {n}", sql, features) for n, sql in dataset.slices.items()]
    if dataset.label is not None:
        label_columns = _table_columns(dataset, "label", dataset.label.table)
        checks.append(("label", dataset.label.where, label_columns))
    if dataset.churn_column is not None:
        _require(dataset, "churn_column", dataset.churn_column, columns)
    for what, sql, known in checks:
        names = _names_in(sql, f"{dataset.name}: {what}")
        if what != "label":
            _check_refused(dataset, what, names)
        for name in names:
            _require(dataset, what, name, known)


def _check_nothing_forgotten(dataset: Dataset) -> None:
    """A column nobody thought about may be a leak, or information thrown away."""
    (table,) = dataset.tables.values()
    used = {CUSTOMER, dataset.churn_column, *dataset.refused}
    used |= {column for f in dataset.features for column in _columns_used(f)}
    used |= set(_names_in(dataset.customer_value, "customer_value"))
    used |= set(table.schema.primary_key())
    forgotten = [c for c in table.schema.column_names() if c not in used]
    if forgotten:
        raise DeclarationError(
            f"{dataset.name}: column {forgotten[0]} is neither key, label, feature nor "
            "used by customer_value; declare a feature or refuse it with a reason"
        )


def _names_in(sql: str | None, what: str) -> list[str]:
    if sql is None:
        return []
    try:
        return sorted(references(sql))
    except ParseError as error:
        reason = str(error).splitlines()[0]
        raise DeclarationError(f"{what}: {sql!r} is not SQL: {reason}") from None


def _table_columns(dataset: Dataset, what: str, table: str) -> list[str]:
    _require(dataset, what, table, dataset.tables)
    return dataset.tables[table].schema.column_names()


def _require(dataset: Dataset, what: str, name: str, known: Iterable[str]) -> None:
    known = list(known)
    if name not in known:
        raise DeclarationError(
            f"{dataset.name}: {what} names {name}, which is not there; "
            f"{suggestion(name, known)}"
        )
