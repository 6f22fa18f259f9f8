"""How far one profile is from another: distances, their errors, and no verdict.

Drift says what changed. Whether it does harm is another question.
"""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal

import numpy as np

from churn.monitoring.distances import (
    jensen_shannon,
    kolmogorov_smirnov,
    kullback_leibler,
    stability,
)
from churn.profiles import Profile

SCORE = "(score)"
"""Stands for the score among the features."""


@dataclass(frozen=True, kw_only=True)
class Distances:
    """Distances between two distributions; all are finite.

    Parameters
    ----------
    psi : float
        Population stability index over all bins, others and missing among them, half
        a row added to each.
    psi_corrected : float
        Less what it is on average where nothing changed: then about 0, or a little
        below.
    psi_standard_error : float
        Of both, from sampling alone.
    ks : float in [0, 1] or None
        Largest distance of the cumulated shares at the bins' edges, of values that
        are present; None for categories, which have no order, and for none present.
    ks_p_value : float in [0, 1] or None
        Rather too large than too small.
    jensen_shannon : float in [0, 1]
        The distance to base 2.
    kullback_leibler : float
        Of the current from the reference, nats, half a row added to each bin.
    new_category_share, reference_new_category_share : float
        Of values of no category listed in the reference.
    missing_rate, reference_missing_rate : float
    """

    psi: float
    psi_corrected: float
    psi_standard_error: float
    ks: float | None
    ks_p_value: float | None
    jensen_shannon: float
    kullback_leibler: float
    new_category_share: float
    reference_new_category_share: float
    missing_rate: float
    reference_missing_rate: float


@dataclass(frozen=True, kw_only=True)
class FeatureDrift:
    """One feature, or the score, of a window beside the reference.

    Parameters
    ----------
    name : str
        The feature; ``SCORE`` for the score, ``<name>=<group>`` for that of a group.
    bins, reference_shares, shares
        What each bin holds, in words, and its share on either side, for a picture.
    distances : Distances or None
        None where either side has too few rows to be compared.
    is_significant : bool
        Whether it is more than chance and more than tolerated; False until decided.
    since : date or None
        The first day it was so without a break.
    """

    name: str
    kind: Literal["number", "category"]
    n_reference: int
    n: int
    bins: tuple[str, ...]
    reference_shares: tuple[float, ...]
    shares: tuple[float, ...]
    distances: Distances | None
    is_significant: bool
    since: date | None


def drift_of(
    name: str,
    reference: Profile,
    current: Profile,
    *,
    n_reference: float,
    n_current: float,
    fewest_rows: int,
) -> FeatureDrift:
    """One profile beside another in the same bins.

    Parameters
    ----------
    n_reference, n_current : float
        Customers of either side; the rows of one tell little beyond its first.
    """
    sizes = (min(n_reference, reference.n), min(n_current, current.n))
    before, after = _counts(reference), _counts(current)
    is_enough = min(sizes) >= max(fewest_rows, 1)
    return FeatureDrift(
        name=name,
        kind=reference.kind,
        n_reference=reference.n,
        n=current.n,
        bins=_words(reference),
        reference_shares=_shares(before),
        shares=_shares(after),
        distances=_distances(reference, current, sizes) if is_enough else None,
        is_significant=False,
        since=None,
    )


def _distances(
    reference: Profile, current: Profile, sizes: tuple[float, float]
) -> Distances:
    before, after = _counts(reference), _counts(current)
    n_reference, n_current = sizes
    index = stability(before, after, n_reference=n_reference, n_current=n_current)
    ks, p_value = _kolmogorov_smirnov(reference, current, sizes)
    return Distances(
        psi=index.value,
        psi_corrected=index.corrected,
        psi_standard_error=index.standard_error,
        ks=ks,
        ks_p_value=p_value,
        jensen_shannon=jensen_shannon(before, after),
        kullback_leibler=kullback_leibler(before, after),
        new_category_share=current.other / current.n,
        reference_new_category_share=reference.other / reference.n,
        missing_rate=current.missing / current.n,
        reference_missing_rate=reference.missing / reference.n,
    )


def _kolmogorov_smirnov(
    reference: Profile, current: Profile, sizes: tuple[float, float]
) -> tuple[float | None, float | None]:
    before, after = np.array(reference.counts, float), np.array(current.counts, float)
    if reference.kind == "category" or not before.any() or not after.any():
        return None, None
    return kolmogorov_smirnov(
        before,
        after,
        n_reference=sizes[0] * before.sum() / reference.n,
        n_current=sizes[1] * after.sum() / current.n,
    )


def _counts(profile: Profile) -> np.ndarray:
    """Rows by bin, missing ones last."""
    others = [profile.other] if profile.kind == "category" else []
    return np.array([*profile.counts, *others, profile.missing], dtype=float)


def _shares(counts: np.ndarray) -> tuple[float, ...]:
    return tuple((counts / max(counts.sum(), 1.0)).tolist())


def _words(profile: Profile) -> tuple[str, ...]:
    if profile.kind == "category":
        return (*profile.categories, "another", "missing")
    edges = [f"{edge:.4g}" for edge in profile.edges]
    ends = [f"over {edges[-1]}"] if edges else ["any"]
    firsts = [f"up to {edges[0]}"] if edges else []
    between = [f"{low} to {high}" for low, high in pairwise(edges)]
    return (*firsts, *between, *ends, "missing")
