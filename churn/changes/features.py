"""What a change of declared features does to those that are made of them."""

from collections.abc import Collection, Iterator

from churn.changes.declared import Change, DeclaredDataset, DeclaredFeature, Effect
from churn.changes.properties import differences, pairs

_Found = tuple[str, Effect]


def feature_changes(
    dataset: str, old: DeclaredDataset, new: DeclaredDataset
) -> Iterator[Change]:
    """Every difference between the features of a data set."""
    for name, before, after in pairs(old.features, new.features):
        for found, effect in _changes(before, after):
            touched = () if effect == "harmless" else made_with(old, name)
            yield Change(dataset, f"feature {name}", found, effect, touched)


def query_changes(
    dataset: str,
    old: DeclaredDataset,
    new: DeclaredDataset,
    explained: Collection[str],
) -> Iterator[Change]:
    """Features whose query is another one and that no other change explains."""
    others = tuple(
        name
        for name, before, after in pairs(old.features, new.features)
        if before and after and before.query != after.query and name not in explained
    )
    if others:
        found = "equal declarations compile to other queries; `make proof` compares"
        yield Change(dataset, "compiler", found, "shifts", others)


def made_with(dataset: DeclaredDataset, name: str) -> tuple[str, ...]:
    """The feature, if there is one of the name, and all others it takes part in."""
    return tuple(
        each
        for each, feature in dataset.features.items()
        if each == name or name in feature.parts
    )


def _changes(
    before: DeclaredFeature | None, after: DeclaredFeature | None
) -> Iterator[_Found]:
    if before is None:
        yield "added", "harmless"
    elif after is None:
        yield "removed", "breaks"
    else:
        if found := differences(before.definition, after.definition):
            yield found, "breaks"
        if found := differences(before.words, after.words):
            yield found, "harmless"
