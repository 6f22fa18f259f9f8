"""What a rollout is judged by: rows of the prediction log, in the core's own shape.

Customers are codes, not ids. A customer counts once, at its earliest row: its rows
depend on each other, and so do the answers it gets, since its arm never changes.
"""

from dataclasses import dataclass

import polars as pl

from churn.evaluation.evidence import customer_codes

PAIRS = pl.Schema(
    {
        "customer": pl.Int64,
        "at_us": pl.Int64,
        "champion": pl.Float64,
        "challenger": pl.Float64,
        "is_contacted_by_champion": pl.Boolean,
        "is_contacted_by_challenger": pl.Boolean,
        "seconds": pl.Float64,
    }
)
ANSWERS = pl.Schema(
    {
        "customer": pl.Int64,
        "at_us": pl.Int64,
        "is_challenger": pl.Boolean,
        "is_failed": pl.Boolean,
        "seconds": pl.Float64,
    }
)
OUTCOMES = pl.Schema(
    {
        "customer": pl.Int64,
        "snapshot_date": pl.Date,
        "is_churn": pl.Boolean,
        "champion": pl.Float64,
        "challenger": pl.Float64,
    }
)


@dataclass(frozen=True)
class RolloutEvidence:
    """Everything that is known of a version in a phase of its rollout.

    Parameters
    ----------
    pairs : polars.DataFrame of schema PAIRS
        Rows that the champion answered and the challenger scored too: probabilities,
        decisions, and how long the challenger took. Its figures are null where it
        failed.
    answers : polars.DataFrame of schema ANSWERS
        Rows of a canary by the arm they were assigned to. Empty in shadow.
    outcomes : polars.DataFrame of schema OUTCOMES
        Matured labels with both probabilities, by date; empty while none is known.
    alarm : str or None
        Why the server's guard ended the canary on its own.
    note : str
        Why something is not there; empty where all is.
    """

    pairs: pl.DataFrame
    answers: pl.DataFrame
    outcomes: pl.DataFrame
    alarm: str | None
    note: str


def nothing_seen(note: str, alarm: str | None = None) -> RolloutEvidence:
    """What is known where nothing was logged, and why."""
    return RolloutEvidence(
        pairs=pl.DataFrame(schema=PAIRS),
        answers=pl.DataFrame(schema=ANSWERS),
        outcomes=pl.DataFrame(schema=OUTCOMES),
        alarm=alarm,
        note=note,
    )


def gathered(  # noqa: PLR0913 (two logs, whose, since when)
    predictions: pl.DataFrame | None,
    shadow: pl.DataFrame,
    *,
    version: str,
    sequence: int,
    alarm: str | None,
    note: str = "",
    outcomes: pl.DataFrame | None = None,
) -> RolloutEvidence:
    """What the log says of a version since a phase began.

    Parameters
    ----------
    predictions : DataFrame or None
        ``request_id, row, at, customer, arm, sequence, latency_us, failed``; None in
        shadow, where the champion answers everybody.
    shadow : DataFrame
        ``request_id, row, at, customer, sequence, version, champion_probability,
        champion_contacted, probability, is_contacted, latency_us``.
    sequence : int
        The event that began the phase: what servers were told before is left out.
    outcomes : DataFrame or None
        ``customer, snapshot_date, is_churn, champion, challenger``: labels that have
        matured. None: nobody knows any.
    """
    scored = _since(shadow, sequence).filter(version=version)
    answered = None if predictions is None else _since(predictions, sequence)
    code = _codes(scored, answered, outcomes)
    return RolloutEvidence(
        pairs=_pairs(scored, code),
        answers=_answers(answered, code),
        outcomes=_outcomes(outcomes, code),
        alarm=alarm,
        note=note,
    )


def _since(rows: pl.DataFrame, sequence: int) -> pl.DataFrame:
    """Rows of the phase; one without a customer is a customer of its own."""
    name = pl.concat_str("request_id", "row", separator="/")
    return rows.filter(pl.col("sequence") >= sequence).with_columns(
        pl.col("customer").fill_null(name), at_us=pl.col("at").dt.epoch("us")
    )


def _codes(*frames: pl.DataFrame | None) -> pl.DataFrame:
    """A number for every customer's name."""
    named = [frame.select("customer") for frame in frames if frame is not None]
    names = pl.concat(named).unique(maintain_order=True)
    return names.with_columns(customer_codes(names["customer"]).alias("code"))


def _coded(rows: pl.DataFrame, code: pl.DataFrame) -> pl.DataFrame:
    return rows.join(code, on="customer", how="left").with_columns(customer="code")


def _pairs(scored: pl.DataFrame, code: pl.DataFrame) -> pl.DataFrame:
    rows = _coded(scored, code).select(
        "customer",
        "at_us",
        champion="champion_probability",
        challenger="probability",
        is_contacted_by_champion="champion_contacted",
        is_contacted_by_challenger="is_contacted",
        seconds=pl.col("latency_us") / 1e6,
    )
    return rows.cast(PAIRS).sort("at_us", "customer", maintain_order=True)


def _answers(answered: pl.DataFrame | None, code: pl.DataFrame) -> pl.DataFrame:
    if answered is None:
        return pl.DataFrame(schema=ANSWERS)
    rows = _coded(answered, code).select(
        "customer",
        "at_us",
        is_challenger=pl.col("arm") == "challenger",
        is_failed=pl.col("failed").is_not_null(),
        seconds=pl.col("latency_us") / 1e6,
    )
    return rows.cast(ANSWERS).sort("at_us", "customer", maintain_order=True)


def _outcomes(outcomes: pl.DataFrame | None, code: pl.DataFrame) -> pl.DataFrame:
    if outcomes is None:
        return pl.DataFrame(schema=OUTCOMES)
    rows = _coded(outcomes, code).select(OUTCOMES.names()).cast(OUTCOMES)
    return rows.sort("snapshot_date", "customer", maintain_order=True)
