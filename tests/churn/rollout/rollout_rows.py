"""Rows of a made-up rollout."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from churn.rollout.evidence import ANSWERS, OUTCOMES, PAIRS, RolloutEvidence


def pairs(champion, challenger, *, seconds=0.01, customer=None) -> pl.DataFrame:
    """What both said, a customer a row; contacted is who has more than a half."""
    ours, theirs = np.asarray(champion, float), np.asarray(challenger, float)
    n, failed = ours.size, np.isnan(theirs)
    return pl.DataFrame(
        {
            "customer": range(n) if customer is None else customer,
            "at_us": range(n),
            "champion": ours,
            "challenger": pl.Series(theirs).fill_nan(None),
            "is_contacted_by_champion": ours > 0.5,
            "is_contacted_by_challenger": pl.Series(
                [
                    None if bad else p > 0.5
                    for p, bad in zip(theirs, failed, strict=True)
                ]
            ),
            "seconds": np.broadcast_to(seconds, n),
        },
        schema=PAIRS,
    )


def answers(champion, challenger, *, seconds=0.001) -> pl.DataFrame:
    """A canary's arms in turn: (requests, failures) of each, spread evenly."""
    arms = [(False, *champion), (True, *challenger)]
    frames = [
        pl.DataFrame(
            {
                "at_us": np.linspace(0, 1e6, n).astype(int),
                "is_challenger": np.full(n, arm),
                "is_failed": np.diff(np.arange(n + 1) * k // n, prepend=0)[1:] > 0,
            }
        )
        for arm, n, k in arms
    ]
    rows = pl.concat(frames).sort("at_us", maintain_order=True)
    return rows.with_columns(
        customer=pl.int_range(pl.len()), seconds=pl.lit(seconds)
    ).select(pl.col(name).cast(kind) for name, kind in ANSWERS.items())


def outcomes(is_churn, champion, challenger) -> pl.DataFrame:
    """Matured labels, a customer a row, ten a day."""
    n = len(is_churn)
    days = [date(2026, 3, 1) + timedelta(days=k // 10) for k in range(n)]
    return pl.DataFrame(
        {
            "customer": range(n),
            "snapshot_date": days,
            "is_churn": is_churn,
            "champion": champion,
            "challenger": challenger,
        },
        schema=OUTCOMES,
    )


def seen(**frames) -> RolloutEvidence:
    """Evidence with these frames; the others are empty."""
    told = {
        "pairs": pl.DataFrame(schema=PAIRS),
        "answers": pl.DataFrame(schema=ANSWERS),
        "outcomes": pl.DataFrame(schema=OUTCOMES),
        "alarm": None,
        "note": "",
    }
    return RolloutEvidence(**(told | frames))
