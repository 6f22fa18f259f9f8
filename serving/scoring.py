"""Scores the rows of one request: each by exactly one version, all of one release."""

import time
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from churn.errors import HoldfastError, InputError
from churn.scoring.decision import contact, expected_net_value, threshold
from churn.scoring.reasons import Reason
from serving.arms import ARMS, Arm
from serving.worker import Loaded, Served

NO_VALUE = "missing: customer_value"
MOST_FAILURE_CHARACTERS = 200
FEW = 8
"""Rows are decided faster one by one than in arrays up to this number."""


class ModelError(HoldfastError):
    """A model answered with what is no probability."""


class Row(msgspec.Struct, gc=False):
    """One customer to score, wherever the values came from.

    ``warnings`` are those already known; ``snapshot_date`` is that of values read from
    the online store; ``place`` is that within the request, which ``began`` by
    ``time.perf_counter``.
    """

    values: Mapping[str, Any]
    customer_id: str | None = None
    customer_value: float | None = None
    snapshot_date: date | None = None
    warnings: tuple[str, ...] = ()
    request_id: str = ""
    place: int = 0
    began: float = 0.0


class Scored(msgspec.Struct, gc=False):
    """A row's answer. ``arm`` is whose customer it is, ``version`` who answered.

    ``failed`` says why the challenger did not; ``seconds`` is what the row took.
    """

    arm: Arm
    version: str
    probability: float
    is_contacted: bool
    threshold: float | None
    expected_net_value_eur: float
    warnings: tuple[str, ...]
    reasons: list[Reason] | None = None
    base_probability: float | None = None
    failed: str | None = None
    seconds: float = 0.0


def score(served: Served, rows: Sequence[Row], *, most_reasons: int) -> list[Scored]:
    """Answers in the order of the rows.

    Raises
    ------
    InputError
        If a row's values cannot be scored, or nobody knows what a customer is worth.
    """
    challenger = served.challenger
    if challenger is None:
        return _scored(served.champion, rows, most_reasons)
    if served.mode != "canary":
        return _champion(served, rows, most_reasons)
    try:
        return _split(served, challenger, rows, most_reasons)
    except InputError:
        # It counted its row among those of one arm; the champion sees them all.
        _champion(served, rows, most_reasons)
        raise


def failing(served: Served, rows: Sequence[Row], *, most_reasons: int) -> list[Row]:
    """Those of the rows that no version answers, each asked alone."""
    found = []
    for row in rows:
        try:
            score(served, [row], most_reasons=most_reasons)
        except InputError:
            continue
        except Exception:  # noqa: BLE001 (whatever a model raises is its failure)
            found.append(row)
    return found


def named(row: Row) -> str:
    """By what the arm of a row is drawn: the customer's name, else the request's."""
    return row.customer_id or row.request_id


def _split(
    served: Served,
    challenger: Loaded,
    rows: Sequence[Row],
    most_reasons: int,
) -> list[Scored]:
    """Each customer by the version of their arm."""
    found: dict[int, Scored] = {}
    arms = [served.arm_of(named(row)) for row in rows]
    for arm in ARMS:
        places = [place for place, other in enumerate(arms) if other == arm]
        own = [rows[place] for place in places]
        if arm == "champion":
            part = _champion(served, own, most_reasons) if own else []
        else:
            part = _challenger(served, challenger, own, most_reasons) if own else []
        found.update(zip(places, part, strict=True))
    return [found[place] for place in range(len(rows))]


def _champion(served: Served, rows: Sequence[Row], most_reasons: int) -> list[Scored]:
    own = _own(rows, served.champion, served.challenger)
    return _scored(served.champion, own, most_reasons)


def _challenger(
    served: Served, challenger: Loaded, rows: Sequence[Row], most_reasons: int
) -> list[Scored]:
    """The challenger's answers; the champion's for each row it fails on."""
    began = time.perf_counter()
    try:
        own = _own(rows, challenger, served.champion)
        found = _scored(challenger, own, most_reasons)
    except Exception as error:  # noqa: BLE001 (no request may fail of a challenger)
        if len(rows) > 1:
            alone = [[row] for row in rows]
            return [_challenger(served, challenger, a, most_reasons)[0] for a in alone]
        # What the champion refuses too is the request's fault, and raises here.
        found = _champion(served, rows, most_reasons)
        found[0].failed = _named(error)
        found[0].seconds = time.perf_counter() - began
    for scored in found:
        scored.arm = "challenger"
    return found


def _scored(loaded: Loaded, rows: Sequence[Row], most_reasons: int) -> list[Scored]:
    began = time.perf_counter()
    columns, warnings = loaded.inputs.columns([row.values for row in rows])
    if most_reasons:
        probability, matrix = loaded.bundle.score_and_matrix(columns)
        found = _decided(loaded, rows, probability, warnings)
        _explain(loaded, found, matrix, probability, most_reasons)
    else:
        found = _decided(loaded, rows, loaded.bundle.predict(columns), warnings)
    seconds = (time.perf_counter() - began) / len(rows)
    for scored in found:
        scored.seconds = seconds
    return found


def _decided(
    loaded: Loaded,
    rows: Sequence[Row],
    probability: NDArray[np.float64],
    warnings: Sequence[tuple[str, ...]],
) -> list[Scored]:
    if not np.all((probability >= 0) & (probability <= 1)):
        raise ModelError(f"version {loaded.version} gave no probability")
    if len(rows) <= FEW:
        alone = zip(rows, probability.tolist(), warnings, strict=True)
        return [_decided_one(loaded, i, *one) for i, one in enumerate(alone)]
    economics = loaded.economics
    worth = np.array([_worth(loaded, row, place) for place, row in enumerate(rows)])
    net = expected_net_value(probability, worth, economics).tolist()
    contacted = contact(probability, worth, economics).tolist()
    return [
        Scored(
            arm="champion",
            version=loaded.version,
            probability=one,
            is_contacted=is_contacted,
            threshold=limit if limit == limit else None,  # noqa: PLR0124 (not NaN)
            expected_net_value_eur=gained,
            warnings=_warned(row, known),
        )
        for row, one, is_contacted, limit, gained, known in zip(
            rows,
            probability.tolist(),
            contacted,
            threshold(worth, economics).tolist(),
            net,
            warnings,
            strict=True,
        )
    ]


def _decided_one(
    loaded: Loaded, place: int, row: Row, probability: float, known: tuple[str, ...]
) -> Scored:
    """As ``_decided``, to the bit, without the cost of small arrays."""
    economics, worth = loaded.economics, _worth(loaded, row, place)
    # The net value is linear in the probability: two of its points tell the threshold.
    net: Any = expected_net_value
    at_none, at_all = net(0.0, worth, economics), net(1.0, worth, economics)
    gain = at_all - at_none
    return Scored(
        arm="champion",
        version=loaded.version,
        probability=probability,
        is_contacted=bool(contact(probability, worth, economics)),  # type: ignore[arg-type]
        threshold=-at_none / gain if gain > -at_none else None,
        expected_net_value_eur=net(probability, worth, economics),
        warnings=_warned(row, known),
    )


def _explain(
    loaded: Loaded,
    found: Sequence[Scored],
    matrix: NDArray[np.float32],
    probability: NDArray[np.float64],
    most: int,
) -> None:
    explainer = loaded.explainer
    reasons = explainer.reasons(matrix, probability, most=most)
    for scored, why in zip(found, reasons, strict=True):
        scored.reasons = why
        scored.base_probability = explainer.base_probability


def _worth(loaded: Loaded, row: Row, place: int) -> float:
    if row.customer_value is not None:
        return row.customer_value
    median = loaded.bundle.median_customer_value_eur
    if median is None:
        raise InputError(
            "customer_value: expected what the customer is worth in EUR per year, "
            "found none, and this model knows no usual one",
            field="customer_value",
            row=place,
        )
    return median


def _warned(row: Row, known: tuple[str, ...]) -> tuple[str, ...]:
    if row.customer_value is None:
        return (*row.warnings, NO_VALUE, *known)
    return (*row.warnings, *known) if row.warnings else known


def _own(rows: Sequence[Row], loaded: Loaded, other: Loaded | None) -> Sequence[Row]:
    """The rows without what only the other version takes; strangers stay."""
    if other is None or set(loaded.inputs.names) >= set(other.inputs.names):
        return rows
    foreign = set(other.inputs.names) - set(loaded.inputs.names)
    return [
        msgspec.structs.replace(
            row, values={k: v for k, v in row.values.items() if k not in foreign}
        )
        for row in rows
    ]


def _named(error: Exception) -> str:
    first = str(error).partition("\n")[0]
    return f"{type(error).__name__}: {first}"[:MOST_FAILURE_CHARACTERS]
