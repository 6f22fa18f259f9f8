"""A declared feature in words, with what is behind it and the SQL it compiles to."""

from dataclasses import dataclass

from churn.dataset import Dataset
from churn.errors import ConfigError
from churn.features.compile import compile_columns, compile_features
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
from churn.features.lineage import needed, parts_of, raw_columns
from churn.naming import suggestion


@dataclass(frozen=True)
class Description:
    """What a feature is.

    Parameters
    ----------
    definition : str
        How it is computed, in a few words.
    parts : tuple of str
        Names of the features it is made of; empty for most.
    columns : mapping of raw table to column names
        All that is read, the times and event ids of the rule included.
    sql : str
        The query that yields it and its parts, in the engine's dialect.
    """

    name: str
    kind: str
    unit: str
    meaning: str
    in_model: bool
    definition: str
    parts: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    sql: str


def describe(dataset: Dataset, name: str, *, dialect: str) -> Description:
    """Describe one feature of a data set.

    Raises
    ------
    ConfigError
        If the data set declares no such feature.
    """
    by_name = {feature.name: feature for feature in dataset.features}
    if name not in by_name:
        near = suggestion(name, by_name)
        raise ConfigError(f"{dataset.name} declares no feature {name}; {near}")
    feature = by_name[name]
    return Description(
        name=name,
        kind=feature.kind,
        unit=feature.unit,
        meaning=feature.meaning,
        in_model=feature.in_model,
        definition=definition(feature),
        parts=parts_of(feature),
        columns=raw_columns(name, dataset.features, dataset.tables),
        sql=_sql(dataset, name, dialect),
    )


def definition(feature: Feature) -> str:
    """How a feature is computed, in a few words."""
    match feature:
        case Windowed():
            of = f" of {feature.column}" if feature.column else ""
            return f"{feature.aggregate}{of} in {_rows(feature)}"
        case Share():
            return f"share with {feature.condition} in {_rows(feature)}"
        case Recency():
            return f"days since the last row of {_rows(feature)}"
        case Age():
            return f"days since the first row of {feature.table}"
        case Attribute():
            lives = f", for {feature.ttl_days} days" if feature.ttl_days else ""
            return f"last known {feature.column} of {feature.table}{lives}"
    return _of_others(feature)


def _of_others(feature: Feature) -> str:
    match feature:
        case Column():
            return f"column {feature.column}"
        case Ratio():
            times = "" if feature.scale == 1 else f" × {feature.scale:g}"
            return f"{feature.numerator} / {feature.denominator}{times}"
        case Difference():
            left = _scaled(feature.minuend, feature.minuend_scale)
            return f"{left} − {_scaled(feature.subtrahend, feature.subtrahend_scale)}"
        case Slope():
            return f"slope from {feature.whole} to {feature.recent}"
    msg = f"{type(feature).__name__} is no kind of feature"
    raise TypeError(msg)


def _scaled(name: str, scale: float) -> str:
    return name if scale == 1 else f"{name} × {scale:.4g}"


def _rows(feature: Windowed | Share | Recency) -> str:
    days = getattr(feature, "window_days", None)
    window = "" if days is None else f", last {days} days"
    where = "" if feature.where is None else f" where {feature.where}"
    return f"{feature.table}{where}{window}"


def _sql(dataset: Dataset, name: str, dialect: str) -> str:
    features = needed([name], dataset.features)
    if dataset.kind == "table":
        return compile_columns(features, next(iter(dataset.tables)), dialect=dialect)
    return compile_features(features, dataset.tables, dialect=dialect)
