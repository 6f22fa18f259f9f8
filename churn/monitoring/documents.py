"""Score counts and days' profiles as JSON, and back: how they are kept.

Bins without a row are left out, for most scores are in a few of them.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from churn.errors import DataError
from churn.monitoring.day import DayProfile
from churn.monitoring.grid import MOST_LOG_ODDS, N_BINS
from churn.monitoring.scores import FIELDS, ScoreCounts
from churn.monitoring.sketch import CustomerSketch
from churn.profiles import Profile

GRID = {"n_bins": N_BINS, "most_log_odds": MOST_LOG_ODDS}
"""What a document says of the grid its counts are on."""

INTEGERS = frozenset({"n", "n_contacted", "n_churners", "n_contacted_churners"})


def scores_document(counts: ScoreCounts) -> dict[str, Any]:
    """``bins`` that hold rows, and the counts and sums of each; None if unknown."""
    bins = np.flatnonzero(counts.n)
    columns = {name: getattr(counts, name) for name in FIELDS}
    told = {k: None if v is None else v[bins].tolist() for k, v in columns.items()}
    return {"bins": bins.tolist(), **told}


def read_scores(document: Mapping[str, Any]) -> ScoreCounts:
    """What ``scores_document`` was given.

    Raises
    ------
    LookupError, TypeError, ValueError
        If the document is none.
    """
    bins = np.array(document["bins"], dtype=np.intp)
    arrays = {name: _spread(name, document[name], bins) for name in FIELDS}
    return ScoreCounts(**arrays)


def _spread(name: str, values: list[float] | None, bins: NDArray[np.intp]) -> Any:
    if values is None:
        return None
    array = np.zeros(N_BINS, dtype=np.int64 if name in INTEGERS else np.float64)
    array[bins] = values
    return array


def day_document(profile: DayProfile) -> str:
    """A day's profile as JSON; equal profiles give equal text."""
    plain = {
        field.name: getattr(profile, field.name)
        for field in fields(profile)
        if field.name not in {"customers", "features", "score", "scores", "slices"}
    }
    document = plain | {
        "grid": GRID,
        "day": profile.day.isoformat(),
        "quality": dict(profile.quality),
        "customers": profile.customers.values.astype("<u8").tobytes().hex(),
        "features": {name: asdict(p) for name, p in profile.features.items()},
        "score": asdict(profile.score),
        "scores": scores_document(profile.scores),
        "slices": {k: scores_document(c) for k, c in profile.slices.items()},
    }
    return json.dumps(
        document,
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
        ensure_ascii=False,
    )


def read_day(text: str) -> DayProfile:
    """The profile that ``day_document`` was given.

    Raises
    ------
    DataError
        If the text is none, or counts on another grid.
    """
    try:
        return _day(json.loads(text))
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f"expected the profile of a day, found {type(error).__name__}: {error}; "
            "remove the day from the table of profiles and count it again"
        ) from error


def _day(document: dict[str, Any]) -> DayProfile:
    if document.pop("grid") != GRID:
        raise DataError(
            "the profile of a day is on another grid of scores than this version's; "
            "remove the day from the table of profiles and count it again"
        )
    hashes = np.frombuffer(bytes.fromhex(document["customers"]), dtype="<u8")
    told = document | {
        "day": date.fromisoformat(document["day"]),
        "customers": CustomerSketch(hashes.astype(np.uint64)),
        "features": {k: Profile(**p) for k, p in document["features"].items()},
        "score": Profile(**document["score"]),
        "scores": read_scores(document["scores"]),
        "slices": {k: read_scores(c) for k, c in document["slices"].items()},
    }
    return DayProfile(**told)
