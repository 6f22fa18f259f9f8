"""What a change of raw tables' contracts does to the features that read them."""

from collections.abc import Iterator

from churn.changes.declared import (
    Change,
    DeclaredDataset,
    DeclaredTable,
    Effect,
    Properties,
)
from churn.changes.properties import differences, pairs

# A property of a column that decides what kind of value it holds.
KIND = "dtype"


def table_changes(
    dataset: str, old: DeclaredDataset, new: DeclaredDataset
) -> Iterator[Change]:
    """Every difference between the contracts of a data set, table by table."""
    for name, before, after in pairs(old.tables, new.tables):
        for what, found, effect, touched in _changes(name, before, after, old):
            yield Change(dataset, what, found, effect, touched)


def readers(
    dataset: DeclaredDataset, table: str, column: str | None
) -> tuple[str, ...]:
    """The features that read a table, or one column of it, in declared order."""
    return tuple(
        name
        for name, feature in dataset.features.items()
        if table in feature.reads and (column is None or column in feature.reads[table])
    )


_Found = tuple[str, str, Effect, tuple[str, ...]]


def _changes(
    name: str,
    before: DeclaredTable | None,
    after: DeclaredTable | None,
    old: DeclaredDataset,
) -> Iterator[_Found]:
    """What changed, how, what that does, and to which features."""
    every = readers(old, name, None)
    if before is None:
        yield f"table {name}", "added", "harmless", ()
        return
    if after is None:
        yield f"table {name}", "removed", "breaks", every
        return
    if found := differences(before.times, after.times):
        yield f"table {name}", found, "breaks", every
    if before.prepare != after.prepare:
        found = "what prepares its rows is another function"
        yield f"table {name}", found, "shifts", every
    for rule, stated, states in pairs(before.rules, after.rules):
        if stated != states:
            yield f"rule {name}.{rule}", _became(stated, states), "shifts", every
    for column, earlier, later in pairs(before.columns, after.columns):
        found, effect, touched = _of_column(
            earlier, later, every, readers(old, name, column)
        )
        if found:
            yield f"column {name}.{column}", found, effect, touched


def _became(before: str | None, after: str | None) -> str:
    if before is None:
        return "added"
    return "removed" if after is None else "changed"


def _of_column(
    before: Properties | None,
    after: Properties | None,
    every: tuple[str, ...],
    own: tuple[str, ...],
) -> tuple[str, Effect, tuple[str, ...]]:
    """``every`` feature reads the table, ``own`` ones the column itself."""
    if before is None:
        # Reading fails without it, so that nothing of the table can be had.
        return "added; every source must deliver it first", "breaks", every
    if after is None:
        return "removed", "breaks" if own else "harmless", own
    found = differences(before, after)
    if own and before.get(KIND) != after.get(KIND):
        return found, "breaks", own
    # A row that breaks any bound is quarantined whole.
    return found, "shifts", every
