"""A feature's value from the columns its subqueries yield, as one SQL expression.

Divisions come last, on doubles. Factors are written with an exponent: only then
does every engine read them as doubles and not as decimals.
"""

from collections.abc import Mapping

from churn.features.declarations import (
    Age,
    Attribute,
    Column,
    Difference,
    Feature,
    Ratio,
    Recency,
    Slope,
    Windowed,
)
from churn.features.history import DAY_US
from churn.features.latest import expiry
from churn.features.lineage import parts_of
from churn.features.quoting import quote

ByName = Mapping[str, Feature]


def value_sql(feature: Feature, by_name: ByName) -> str:
    """The value at T."""
    value = _number_sql(feature, by_name)
    return f"CAST({value} AS VARCHAR)" if feature.kind == "category" else value


def expiry_sql(feature: Feature, by_name: ByName) -> str | None:
    """The instant until which the value counts; None for one that cannot grow old."""
    if isinstance(feature, Attribute):
        return None if feature.ttl_days is None else quote(expiry(feature.name))
    parts = [expiry_sql(by_name[part], by_name) for part in parts_of(feature)]
    instants = [part for part in parts if part is not None]
    if len(instants) > 1:
        return f"LEAST({', '.join(instants)})"
    return instants[0] if instants else None


def double(number: float) -> str:
    """A factor that means the same in every dialect."""
    mantissa, _, exponent = repr(float(number)).partition("e")
    return f"{mantissa}e{exponent or 0}"


def _number_sql(feature: Feature, by_name: ByName) -> str:
    parts = [_number_sql(by_name[part], by_name) for part in parts_of(feature)]
    return made_of(feature, parts, by_name) if parts else _own_sql(feature)


def made_of(feature: Feature, parts: list[str], by_name: ByName) -> str:
    """The value of a feature that is made of others, from the SQL of their values."""
    match feature:
        case Ratio(scale=scale):
            top, bottom = parts
            return f"CAST({top} AS DOUBLE) * {double(scale)} / NULLIF({bottom}, 0)"
        case Difference(minuend_scale=more, subtrahend_scale=less):
            left, right = (f"CAST({part} AS DOUBLE)" for part in parts)
            return f"({left} * {double(more)} - {right} * {double(less)})"
        case Slope():
            return _slope_sql(feature, parts, by_name)
    msg = f"feature {feature.name} is made of no other"
    raise TypeError(msg)


def _slope_sql(feature: Slope, parts: list[str], by_name: ByName) -> str:
    a, b = (days_of(by_name[name]) for name in (feature.recent, feature.whole))
    recent, whole = parts
    risen = f"2 * ({b} * {recent} - {a} * {whole})"
    return f"(CAST({risen} AS DOUBLE) / {a * b * (b - a)})"


def days_of(feature: Feature) -> int:
    """The window of a feature that is known to have one."""
    days = getattr(feature, "window_days", None)
    if not isinstance(days, int):
        msg = f"feature {feature.name} has no window"
        raise TypeError(msg)
    return days


def _own_sql(feature: Feature) -> str:
    """The value of a feature that is made of no other."""
    name = quote(feature.name)
    match feature:
        case Recency() | Age():
            return f"(CAST(spine.snapshot_us - {name} AS DOUBLE) / {DAY_US})"
        case Windowed(aggregate="sum" | "count" | "distinct"):
            return f"COALESCE({name}, 0)"
        case Attribute(ttl_days=int()):
            lives = f"spine.snapshot_us <= {quote(expiry(feature.name))}"
            return f"CASE WHEN {lives} THEN {name} END"
        case Column(table=None):
            return quote(feature.column)
    return name
