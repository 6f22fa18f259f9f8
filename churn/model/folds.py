"""Which rows learn and which judge, inside the training window.

A customer is never on both sides unless time parts them; no row learns from a
label that had not matured when the judged snapshot was taken.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from churn.errors import NotEnoughDataError

Indices = NDArray[np.int64]


@dataclass(frozen=True)
class Fold:
    """Row numbers of the rows that learn and of those that judge."""

    train: Indices
    validate: Indices


def folds_within(
    frame: pl.DataFrame, *, maturity_days: int, folds: int, seed: int
) -> tuple[str, tuple[Fold, ...]]:
    """Temporal folds where the snapshot dates allow them, else folds by customer.

    Returns
    -------
    str
        ``temporal`` or ``customers``.
    tuple of Fold
        At most ``folds`` temporal ones, else exactly ``folds``.

    Raises
    ------
    NotEnoughDataError
        If a fold would hold no churner, or nobody who stays.
    """
    found = temporal_folds(frame, maturity_days=maturity_days, folds=folds)
    scheme = "temporal" if found else "customers"
    if not found:
        found = customer_folds(frame, folds=folds, seed=seed)
    for fold in found:
        _check_classes(frame, fold)
    return scheme, found


def temporal_folds(
    frame: pl.DataFrame, *, maturity_days: int, folds: int
) -> tuple[Fold, ...]:
    """Expanding windows: judge on later snapshots, learn from matured earlier ones.

    The judging dates are consecutive blocks that end with the last snapshot. Empty
    where no snapshot has a matured one before it.

    Parameters
    ----------
    maturity_days : int
        Lead time plus horizon: days from a snapshot to its label.
    """
    dates = sorted(frame["snapshot_date"].unique())
    matured = timedelta(days=maturity_days)
    judging = [d for d in dates if dates[0] < d and dates[0] + matured <= d]
    n_blocks = min(folds, len(judging))
    if n_blocks == 0:
        return ()
    size = max(1, len(judging) // (folds + 1))
    last = judging[-n_blocks * size :]
    blocks = [last[i * size : (i + 1) * size] for i in range(n_blocks)]
    return tuple(_temporal_fold(frame, block, matured) for block in blocks)


def _temporal_fold(frame: pl.DataFrame, block: list[date], matured: timedelta) -> Fold:
    taken = frame["snapshot_date"]
    learns = (taken <= block[0] - matured) & (taken < block[0])
    return Fold(
        learns.arg_true().to_numpy().astype(np.int64),
        taken.is_in(block).arg_true().to_numpy().astype(np.int64),
    )


def customer_folds(frame: pl.DataFrame, *, folds: int, seed: int) -> tuple[Fold, ...]:
    """Folds of whole customers, those who churned spread evenly."""
    rank = _shuffled_rank(frame["customer_id"], seed)
    churned = (
        frame.select("customer_id", "is_churn")
        .group_by("customer_id")
        .agg(pl.col("is_churn").any())
        .join(rank, on="customer_id")
        .sort("is_churn", "rank")
    )
    dealt = churned.with_columns(fold=pl.int_range(pl.len()) % folds)
    number = (
        frame.select("customer_id")
        .join(dealt, on="customer_id", how="left", maintain_order="left")["fold"]
        .to_numpy()
    )
    return tuple(
        Fold(np.flatnonzero(number != k), np.flatnonzero(number == k))
        for k in range(folds)
    )


def sampled_by_customer(
    frame: pl.DataFrame, *, max_rows: int, seed: int
) -> pl.DataFrame:
    """All rows of as many customers, drawn at random, as fit into ``max_rows``."""
    if frame.height <= max_rows:
        return frame
    rank = _shuffled_rank(frame["customer_id"], seed)
    kept = (
        frame.group_by("customer_id")
        .len()
        .join(rank, on="customer_id")
        .sort("rank")
        .filter(pl.col("len").cum_sum() <= max_rows)["customer_id"]
    )
    return frame.filter(pl.col("customer_id").is_in(kept.implode()))


def _shuffled_rank(customers: pl.Series, seed: int) -> pl.DataFrame:
    """Each customer with a random place, whatever the order of the rows."""
    unique = customers.unique().sort()
    places = np.random.default_rng(seed).permutation(len(unique))
    return pl.DataFrame({"customer_id": unique, "rank": places})


def _check_classes(frame: pl.DataFrame, fold: Fold) -> None:
    is_churn = frame["is_churn"].to_numpy()
    for name, rows in (("learning", fold.train), ("judging", fold.validate)):
        n_churners = int(is_churn[rows].sum())
        if n_churners == 0 or n_churners == len(rows):
            raise NotEnoughDataError(
                f"expected churners and others among the {name} rows of each fold, "
                f"found {n_churners} churners in {len(rows)} rows; take more data, "
                "fewer folds, or fix model.kind so that nothing is searched"
            )
