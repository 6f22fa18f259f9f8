"""Whether what a data set expects of scores is said of features that it has."""

from collections.abc import Collection

from sqlglot.errors import ParseError

from churn.dataset import Dataset, Expectation
from churn.errors import DeclarationError
from churn.features.lineage import parts_of, references
from churn.naming import suggestion


def check_expectations(dataset: Dataset) -> None:
    """Refuse expectations that could not be tried, or only on customers nobody is.

    Raises
    ------
    DeclarationError
        Naming the expectation, what was found and the nearest valid name.
    """
    names = [expectation.name for expectation in dataset.expectations]
    for name in names:
        if names.count(name) > 1:
            raise DeclarationError(
                f"{dataset.name}: two expectations are named {name}; rename one"
            )
    for expectation in dataset.expectations:
        _check(dataset, expectation)


def _check(dataset: Dataset, expectation: Expectation) -> None:
    what = f"{dataset.name}: expectation {expectation.name}"
    by_name = {feature.name: feature for feature in dataset.features}
    if not expectation.change:
        raise DeclarationError(f"{what} changes nothing; name a feature")
    for name, sql in expectation.change.items():
        _check_names(what, [name], by_name)
        if parts_of(by_name[name]):
            raise DeclarationError(
                f"{what} changes {name}, which is made of others and follows by "
                f"itself; change {' or '.join(parts_of(by_name[name]))}"
            )
        _check_names(what, _named_in(sql, what), by_name)
    if expectation.where is not None:
        _check_names(what, _named_in(expectation.where, what), by_name)


def _named_in(sql: str, what: str) -> list[str]:
    try:
        return sorted(references(sql))
    except ParseError as error:
        reason = str(error).splitlines()[0]
        raise DeclarationError(f"{what}: {sql!r} is not SQL: {reason}") from None


def _check_names(what: str, names: list[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise DeclarationError(
                f"{what} names {name}, which is no feature; {suggestion(name, known)}"
            )
