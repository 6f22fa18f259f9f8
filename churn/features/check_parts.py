"""Whether a feature's windows, and the features it is made of, go together."""

from churn.dataset import Dataset
from churn.errors import DeclarationError
from churn.features.declarations import Feature, Slope, Windowed
from churn.features.lineage import parts_of
from churn.features.values import days_of


def check_parts(dataset: Dataset, feature: Feature) -> None:
    """Refuse windows of no days, features made of themselves, slopes of what differs.

    Raises
    ------
    DeclarationError
        Naming the feature and what to change.
    """
    _check_days(dataset, feature)
    _check_acyclic(dataset, feature)
    if isinstance(feature, Slope):
        _check_slope(dataset, feature)


def _check_acyclic(dataset: Dataset, feature: Feature) -> None:
    by_name = {f.name: f for f in dataset.features}
    seen, queue = set(), list(parts_of(feature))
    while queue:
        name = queue.pop()
        if name == feature.name:
            raise DeclarationError(
                f"{dataset.name}: feature {name} is made of itself; name other parts"
            )
        if name in by_name and name not in seen:
            seen.add(name)
            queue += parts_of(by_name[name])


def _check_days(dataset: Dataset, feature: Feature) -> None:
    for field in ("window_days", "ttl_days"):
        days = getattr(feature, field, None)
        if days is not None and (not isinstance(days, int) or days < 1):
            raise DeclarationError(
                f"{dataset.name}: feature {feature.name} has {field}={days!r}; "
                "give a whole number of days, 1 or more"
            )


def _check_slope(dataset: Dataset, feature: Slope) -> None:
    """Both windows add up the same thing, and one holds the other."""
    by_name = {f.name: f for f in dataset.features}
    recent, whole = by_name[feature.recent], by_name[feature.whole]
    what = f"{dataset.name}: feature {feature.name} is a slope"
    for part in (recent, whole):
        adds = isinstance(part, Windowed) and part.aggregate in ("sum", "count")
        if not (adds and isinstance(getattr(part, "window_days", None), int)):
            raise DeclarationError(
                f"{what} of {part.name}, which is no sum or count over a window"
            )
    if _same_but_for_days(recent) != _same_but_for_days(whole):
        raise DeclarationError(
            f"{what} between {recent.name} and {whole.name}, which differ in more "
            "than their window"
        )
    if days_of(recent) >= days_of(whole):
        raise DeclarationError(
            f"{what} from {whole.name} to {recent.name}; recent needs the shorter "
            f"window, not {days_of(recent)} of {days_of(whole)} days"
        )


def _same_but_for_days(part: Feature) -> tuple[object, ...]:
    fields = ("table", "aggregate", "column", "where")
    return tuple(getattr(part, field) for field in fields)
