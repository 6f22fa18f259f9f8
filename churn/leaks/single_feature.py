"""A feature that alone ranks customers better than any honest one could."""

from collections.abc import Iterator, Sequence

import polars as pl

from churn.features.declarations import Feature
from churn.leaks.auc import Auc, auc
from churn.leaks.rates import fit_rates
from churn.leaks.reading import Seen, customer_codes
from churn.splits import Split


def single_feature(
    split: Split, features: Sequence[Feature], *, bins: int
) -> Iterator[Seen]:
    """Rank the test rows by each feature alone.

    Yields
    ------
    Seen
        ``observed`` is the ROC-AUC; a feature whose AUC is undefined is left out.
    """
    for feature in features:
        alone = rank_alone(split.train, split.test, feature.name, bins=bins)
        if alone is not None:
            words = f"alone ranks the test rows with roc_auc {alone.value:.3f}"
            yield Seen(feature.name, alone.estimate, words)


def rank_alone(
    train: pl.DataFrame, test: pl.DataFrame, name: str, *, bins: int
) -> Auc | None:
    """ROC-AUC on ``test`` of the churn rates that ``train`` shows by one feature."""
    score = fit_rates(train[name], train["is_churn"], bins=bins)
    is_churn = test["is_churn"].to_numpy()
    return auc(score(test[name]), is_churn, customer_codes(test))
