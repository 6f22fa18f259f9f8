"""Scores all customers of a date, part by part, and explains who is worth a contact.

Of the customers only names, amounts and probabilities are held together, since deciles
and the target list need them all; features are read once to score, and again where a
score is to be explained.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from churn.batch.parts import Part
from churn.batch.record import CONTACT, HAS_LEFT, NO_CONTACT, SCORES, BatchPlan
from churn.batch.targets import target_ranks
from churn.batch.wording import Wording, worded_reasons
from churn.errors import DataError, NotEnoughDataError, QuarantineLimitError
from churn.features.declarations import Feature
from churn.model.columns import to_columns
from churn.monitoring.counting import DayRows, profile_day
from churn.monitoring.day import DayProfile, merged
from churn.monitoring.reference import Reference
from churn.scoring.bundle import Bundle
from churn.scoring.decision import contact, expected_net_value

Floats = NDArray[np.float64]
Item = TypeVar("Item")
Made = TypeVar("Made")

PART_ROWS = 65_536
SLICE = "slice__"
N_DECILES = 10
NO_KEY = b""
"""Whom a sketch may not betray has no name in the log already."""


@dataclass(frozen=True)
class Customers:
    """The customers of a date, to be read as often as needed.

    Parameters
    ----------
    read : callable
        Their features in parts, the same parts each time; with ``HAS_LEFT`` where
        the source says who has left already.
    valued : callable
        Adds ``customer_value`` and the slices to a part.
    """

    read: Callable[[], Iterable[pl.DataFrame]]
    valued: Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True, kw_only=True)
class Scorer:
    """Who scores: a verified model, and what its day is counted under.

    Parameters
    ----------
    features : tuple of Feature
        Those of the bundle, in its order.
    named : callable
        A customer as the prediction log names them, for the day's profile.
    """

    bundle: Bundle
    features: tuple[Feature, ...]
    model: str
    version: str
    day: date
    named: Callable[[str], str]


@dataclass(frozen=True)
class Scores:
    """The scores of a date.

    Parameters
    ----------
    rows : DataFrame
        The columns of ``SCORES``, sorted by customer.
    n_left : int
        Of them: who has left already, and so is not contacted whatever the score.
    quarantined : DataFrame
        ``customer_id`` and ``reason`` of all others.
    profile : DayProfile
        The rows, counted for monitoring.
    """

    rows: pl.DataFrame
    n_left: int
    quarantined: pl.DataFrame
    profile: DayProfile

    def parts(self) -> Iterator[pl.DataFrame]:
        """The rows, some at once."""
        return self.rows.iter_slices(PART_ROWS)


def score_date(
    scorer: Scorer,
    customers: Customers,
    plan: BatchPlan,
    *,
    max_quarantined_share: float,
) -> Scores:
    """Score the customers of a date, rank them, and explain as planned.

    Deciles are of all who were scored, the most likely to leave in decile 1; of equal
    probabilities the lower ``customer_id`` comes first.

    Raises
    ------
    NotEnoughDataError
        If there is no customer.
    QuarantineLimitError
        If more cannot be scored than allowed.
    DataError
        If a customer has several rows.
    """
    reference = Reference.of(scorer.bundle)

    def work(rows: pl.DataFrame) -> tuple[Part, DayProfile]:
        part = Part.of(customers.valued(rows), scorer.bundle, scorer.features)
        return _slim(part), _counted(part, scorer, reference)

    done = list(side_by_side(work, customers.read(), plan.threads))
    parts = [part for part, _ in done]
    if not parts:
        raise NotEnoughDataError(f"there is no customer to score on {scorer.day}")
    quarantined = pl.concat([part.quarantined for part in parts])
    ranked = _ranked(parts, scorer, plan)
    _check(ranked, quarantined, max_quarantined_share)
    reasons = _reasons(ranked, scorer, customers, plan)
    rows = ranked.join(reasons, on="customer_id", how="left", maintain_order="left")
    return Scores(
        rows.select(*SCORES),
        int(ranked[HAS_LEFT].sum()),
        quarantined.sort("customer_id", "reason"),
        merged([profile for _, profile in done]),
    )


def deciles(probability: Floats) -> NDArray[np.int8]:
    """Each customer's tenth, 1 the most likely to leave; of equal ones the first wins.

    Examples
    --------
    >>> deciles(np.array([0.1, 0.9, 0.9, 0.5]))
    array([8, 1, 3, 6], dtype=int8)
    """
    place = np.empty(len(probability), dtype=np.int64)
    order = np.argsort(-probability, kind="stable")
    place[order] = np.arange(len(probability))
    return (1 + N_DECILES * place // max(len(probability), 1)).astype(np.int8)


def side_by_side(
    work: Callable[[Item], Made], items: Iterable[Item], threads: int
) -> Iterator[Made]:
    """What the work makes of each item, in order; few items wait at any time."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Made]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _slim(part: Part) -> Part:
    """Without features: what is held of all customers at once."""
    known = HAS_LEFT in part.rows.columns
    has_left = pl.col(HAS_LEFT).fill_null(False) if known else pl.lit(False)
    kept = part.rows.select("customer_id", "customer_value", has_left.alias(HAS_LEFT))
    return Part(kept, {}, part.probability, part.quarantined)


def _counted(part: Part, scorer: Scorer, reference: Reference) -> DayProfile:
    value = part.rows["customer_value"].to_numpy()
    rows = DayRows(
        columns=part.columns,
        probability=part.probability,
        customer_value=value,
        # Of who has left too: it is the model's answer that monitoring follows.
        is_contacted=contact(part.probability, value, scorer.bundle.economics),
        customers=list(map(scorer.named, part.rows["customer_id"])),
        slices=_slices(part.rows),
    )
    return profile_day(
        rows,
        reference,
        day=scorer.day,
        source="batch",
        model=scorer.model,
        version=scorer.version,
        key=NO_KEY,
        found={"quarantined": len(part.quarantined)},
    )


def _slices(rows: pl.DataFrame) -> Mapping[str, Sequence[str | None]]:
    names = [name for name in rows.columns if name.startswith(SLICE)]
    return {name.removeprefix(SLICE): rows[name].to_list() for name in names}


def _ranked(parts: Sequence[Part], scorer: Scorer, plan: BatchPlan) -> pl.DataFrame:
    """All columns but the reasons, and ``HAS_LEFT``, sorted by customer."""
    probability = np.concatenate([part.probability for part in parts])
    rows = pl.concat([part.rows for part in parts]).with_columns(
        pl.Series("probability", probability)
    )
    rows = rows.sort("customer_id")
    p, value = rows["probability"].to_numpy(), rows["customer_value"].to_numpy()
    net = expected_net_value(p, value, scorer.bundle.economics)
    has_left = rows[HAS_LEFT].to_numpy()
    ranks = target_ranks(
        p, value, scorer.bundle.economics, plan.targets, has_left=has_left
    )
    return rows.select(
        "customer_id",
        "probability",
        pl.Series("decile", deciles(p)),
        pl.when(pl.Series((net > 0) & ~has_left))
        .then(pl.lit(CONTACT))
        .otherwise(pl.lit(NO_CONTACT))
        .alias("decision"),
        pl.Series("expected_net_value_eur", net),
        pl.col("customer_value").alias("customer_value_eur"),
        pl.Series("rank", ranks),
        HAS_LEFT,
    )


def _check(rows: pl.DataFrame, quarantined: pl.DataFrame, most_share: float) -> None:
    n_twice = int(rows["customer_id"].is_duplicated().sum())
    if n_twice:
        raise DataError(
            f"expected one row a customer, found {n_twice:,} rows of customers with "
            "several; make customer_id unique in the source"
        )
    n_rows, n_bad = len(rows) + len(quarantined), len(quarantined)
    if n_bad > most_share * n_rows or rows.is_empty():
        reason, n_first = quarantined["reason"].value_counts(sort=True).row(0)
        raise QuarantineLimitError(
            f"{n_bad:,} of {n_rows:,} customers cannot be scored, more than "
            f"max_quarantined_share {most_share:g}; most often ({n_first:,}): {reason}"
        )


def _reasons(
    ranked: pl.DataFrame, scorer: Scorer, customers: Customers, plan: BatchPlan
) -> pl.DataFrame:
    """``customer_id`` and ``reasons`` of whoever is to be explained."""
    asked = ranked.filter(pl.lit(plan.reasons == "all") | (pl.col("rank") > 0))
    none = pl.DataFrame(
        schema={name: SCORES[name] for name in ("customer_id", "reasons")}
    )
    if plan.reasons == "none" or asked.is_empty():
        return none
    wording = Wording.of(scorer.bundle)
    names = asked["customer_id"].implode()

    def work(rows: pl.DataFrame) -> pl.DataFrame:
        columns = to_columns(rows, scorer.features)
        _, matrix = scorer.bundle.score_and_matrix(columns)
        reasons = worded_reasons(wording, columns, matrix)
        told = pl.Series("reasons", reasons, dtype=SCORES["reasons"])
        return rows.select("customer_id", told)

    parts = (
        rows.filter(pl.col("customer_id").is_in(names)) for rows in customers.read()
    )
    some = (rows for rows in parts if len(rows))
    return pl.concat([none, *side_by_side(work, some, plan.threads)])
