"""Train, calibration and test: by time where there is time, else by customer."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from churn.errors import ConfigError, NotEnoughDataError
from churn.ranges import at_least, within


@dataclass(frozen=True)
class TimeSplit:
    """How many of the newest snapshot dates calibrate and test."""

    calibration_snapshots: int
    test_snapshots: int

    def __post_init__(self) -> None:
        """Refuse an empty window."""
        at_least("time_split.calibration_snapshots", self.calibration_snapshots, 1)
        at_least("time_split.test_snapshots", self.test_snapshots, 1)


@dataclass(frozen=True)
class StratifiedSplit:
    """Shares of the customers that calibrate and test, and the seed of the draw."""

    calibration_share: float
    test_share: float
    seed: int

    def __post_init__(self) -> None:
        """Refuse shares that leave a window empty."""
        for name in ("calibration_share", "test_share"):
            _check_share(f"stratified_split.{name}", getattr(self, name))
        _check_share(
            "stratified_split.calibration_share + test_share",
            self.calibration_share + self.test_share,
        )
        at_least("stratified_split.seed", self.seed, 0)


def _check_share(key: str, share: float) -> None:
    within(key, share, 0, 1, low_excluded=True, high_excluded=True)


@dataclass(frozen=True)
class Split:
    """Three windows of snapshots; nothing is fitted outside ``train``."""

    train: pl.DataFrame
    calibration: pl.DataFrame
    test: pl.DataFrame


def split(
    snapshots: pl.DataFrame,
    by_time: TimeSplit | None,
    by_customer: StratifiedSplit | None,
    *,
    maturity_days: int,
) -> Split:
    """Cut in the one way that is given.

    Raises
    ------
    ConfigError
        If both or none are given.
    """
    if by_time is not None and by_customer is None:
        return split_by_time(snapshots, by_time, maturity_days=maturity_days)
    if by_customer is not None and by_time is None:
        return split_by_customer(snapshots, by_customer)
    raise ConfigError("give either a split by time or a stratified split")


def split_by_time(
    snapshots: pl.DataFrame, plan: TimeSplit, *, maturity_days: int
) -> Split:
    """Cut so that each window starts after the previous one's labels matured.

    Parameters
    ----------
    snapshots : DataFrame with snapshot_date
    maturity_days : int
        Lead time plus horizon: snapshot dates in between belong to no window.

    Raises
    ------
    NotEnoughDataError
        If a window would be empty or hold one class only.
    """
    dates = sorted(snapshots["snapshot_date"].unique())
    maturity = timedelta(days=maturity_days)
    test = dates[-plan.test_snapshots :]
    before_test = [d for d in dates if d + maturity <= test[0]]
    calibration = before_test[-plan.calibration_snapshots :]
    train = [d for d in dates if calibration and d + maturity <= calibration[0]]
    windows = (train, calibration, test)
    if not train:
        msg = (
            f"{len(dates)} snapshot dates do not allow {plan.calibration_snapshots} "
            f"for calibration and {plan.test_snapshots} for test with "
            f"{maturity_days} days between the windows; lower them or start earlier"
        )
        raise NotEnoughDataError(msg)
    day = pl.col("snapshot_date")
    return _checked(Split(*(snapshots.filter(day.is_in(w)) for w in windows)))


def split_by_customer(snapshots: pl.DataFrame, plan: StratifiedSplit) -> Split:
    """Cut each class by a seeded hash of the customer; row order plays no part."""
    keys = [
        hashlib.blake2b(f"{plan.seed}:{c}".encode(), digest_size=8).hexdigest()
        for c in snapshots["customer_id"]
    ]
    shuffled = snapshots.with_columns(pl.Series("order", keys))
    place = pl.col("order").rank("ordinal").over("is_churn") - 1
    share = place / pl.len().over("is_churn")
    calibrates = plan.test_share + plan.calibration_share
    placed = shuffled.with_columns(share.alias("share"))
    cut = [
        placed.filter(pl.col("share") >= calibrates),
        placed.filter(pl.col("share").is_between(plan.test_share, calibrates, "left")),
        placed.filter(pl.col("share") < plan.test_share),
    ]
    return _checked(Split(*(window.drop("order", "share") for window in cut)))


def _checked(split: Split) -> Split:
    for name, window in vars(split).items():
        n_churners = window["is_churn"].sum()
        if not 0 < n_churners < len(window):
            msg = f"the {name} window holds {n_churners} churners in {len(window)} rows"
            raise NotEnoughDataError(f"{msg}; both classes are needed")
    return split
