"""All that changed between two sets of declarations, and which models that hits."""

from collections.abc import Iterable, Iterator, Mapping

from churn.changes.declared import Change, DeclaredDataset, Effect, User
from churn.changes.features import feature_changes, query_changes
from churn.changes.properties import differences, pairs
from churn.changes.tables import table_changes

# The worst first: what a reader must see.
ORDER: tuple[Effect, ...] = ("breaks", "shifts", "harmless")


def changes(
    old: Mapping[str, DeclaredDataset], new: Mapping[str, DeclaredDataset]
) -> tuple[Change, ...]:
    """Compare data sets of the same names, the worst changes first.

    Parameters
    ----------
    old, new : mapping of data set name to DeclaredDataset
        What models in use were fitted with, and what shall hold from now on.
    """
    found = [
        change
        for name, before, after in pairs(old, new)
        for change in _changes(name, before, after)
    ]
    return tuple(sorted(found, key=lambda change: ORDER.index(change.effect)))


def hit(change: Change, users: Iterable[User]) -> tuple[User, ...]:
    """The versions that take a feature which the change touches."""
    touched = set(change.features)
    return tuple(user for user in users if touched.intersection(user.features))


def _changes(
    name: str, before: DeclaredDataset | None, after: DeclaredDataset | None
) -> Iterator[Change]:
    if before is None:
        yield Change(name, f"data set {name}", "added", "harmless", ())
    elif after is None:
        every = tuple(before.features)
        yield Change(name, f"data set {name}", "removed", "breaks", every)
    else:
        yield from _of_one(name, before, after)


def _of_one(
    name: str, before: DeclaredDataset, after: DeclaredDataset
) -> Iterator[Change]:
    found = [
        *_population_changes(name, before, after),
        *table_changes(name, before, after),
        *feature_changes(name, before, after),
    ]
    explained = {feature for change in found for feature in change.features}
    yield from found
    yield from query_changes(name, before, after, explained)


def _population_changes(
    name: str, before: DeclaredDataset, after: DeclaredDataset
) -> Iterator[Change]:
    """Who is looked at, and what churn means: it concerns every feature's model."""
    if found := differences(before.population, after.population):
        yield Change(name, "population", found, "breaks", tuple(before.features))
