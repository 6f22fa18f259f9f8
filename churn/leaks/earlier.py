"""The same customers and labels, with features as they were some days earlier."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl

from churn.dataset import Dataset
from churn.eligibility import Frames, eligible_spine
from churn.leaks.plan import LeakPlan
from churn.snapshots import snapshot_features
from churn.splits import Split

KEY = ("customer_id", "snapshot_date")


@dataclass(frozen=True)
class Moved:
    """Rows of a window at their snapshot and the same rows earlier, side by side.

    Parameters
    ----------
    later, earlier : DataFrame of n_rows rows each
        ``customer_id, snapshot_date, <features>, is_churn``; the date and the label
        are those of the snapshot in both.
    """

    later: pl.DataFrame
    earlier: pl.DataFrame

    def among(self, rows: pl.Series) -> "Moved":
        """Some of the rows."""
        return Moved(self.later.filter(rows), self.earlier.filter(rows))


def draw(split: Split, plan: LeakPlan) -> Split:
    """All windows' rows of as many customers as ``plan.max_rows`` allow.

    Which customers depends on the seed and on who is there, not on the rows' order.
    """
    probed = pl.concat([split.train, split.test])
    customers = probed["customer_id"].unique().sort()
    share = min(1.0, plan.max_rows / len(probed))
    order = np.random.default_rng(plan.seed).permutation(len(customers))
    chosen = customers[np.sort(order[: int(share * len(customers))])]
    drawn = pl.col("customer_id").is_in(chosen.implode())
    return Split(*(frame.filter(drawn) for frame in vars(split).values()))


def move(
    dataset: Dataset, frames: Frames, split: Split, shift_days: int
) -> tuple[Moved, Moved]:
    """Training and test rows, their features built again ``shift_days`` earlier.

    Only rows whose customer was eligible then too: features of who had not come
    yet, or had just begun, would say nothing but that.
    """
    windows = ((False, split.train), (True, split.test))
    rows = pl.concat([rows.with_columns(is_test=is_test) for is_test, rows in windows])
    shift = timedelta(days=shift_days)
    then = (pl.col("snapshot_date") - shift).alias("snapshot_date")
    dates = rows.select(then)["snapshot_date"].unique().sort().to_list()
    there = eligible_spine(dataset, frames, dates)
    there = there.with_columns(pl.col("snapshot_date") + shift)
    later = rows.join(there, on=KEY, how="semi", maintain_order="left")
    built = snapshot_features(dataset, frames, later.select("customer_id", then))
    moved = Moved(later, built.with_columns(later["snapshot_date"], later["is_churn"]))
    return moved.among(~later["is_test"]), moved.among(later["is_test"])
