"""What one day looked like to one version: counts and sums, mergeable, of nobody."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from churn.errors import DataError
from churn.monitoring.scores import ScoreCounts, merged_scores
from churn.monitoring.sketch import CustomerSketch, merged_sketch
from churn.profiles import Profile, merged_profile

Source = Literal["batch", "log"]

UNNAMED = "unnamed"
"""Counted under ``quality``: rows of which nobody said whose they are."""


@dataclass(frozen=True, kw_only=True)
class DayProfile:
    """The rows that one version scored on one day, counted.

    Parameters
    ----------
    day : date
        The first, where several days were merged.
    source : {"batch", "log"}
        A batch run, or what the server was asked.
    n : int
        Rows: one a customer in a batch, one an answer in the log.
    customers : CustomerSketch
        Distinct ones over any union of days.
    features : mapping of name to Profile
        In the bins of the bundle's own profiles; ``other`` counts values of no
        category listed there.
    score : Profile
        Of the probability, in the bins of the bundle's own profile of it.
    scores : ScoreCounts
        On the grid that all models share.
    slices : mapping of ``<name>=<group>`` to ScoreCounts
        Groups that the reference does not know are ``<name>=(other)``.
    quality : mapping of what is unusual to a number of values
        ``missing`` (where training never missed it), ``out_of_range`` and
        ``unknown_category`` in total and as ``<kind>: <feature>``, as the server
        warns; beside them what whoever counted found, such as ``quarantined``.
    """

    day: date
    source: Source
    model: str
    version: str
    bundle_sha256: str
    n: int
    customers: CustomerSketch
    features: Mapping[str, Profile]
    score: Profile
    scores: ScoreCounts
    slices: Mapping[str, ScoreCounts]
    quality: Mapping[str, int]

    @property
    def n_effective(self) -> float:
        """Rows that say something of their own: one a customer, and the unnamed.

        At most ``n``. A customer who is scored every night is mostly the same every
        night, so that sampling errors go by customers and not by rows.
        """
        named = self.customers.n_customers
        return min(float(self.n), named + self.quality.get(UNNAMED, 0))


def merged(profiles: Sequence[DayProfile]) -> DayProfile:
    """The profile of all their rows: the same in whatever order and grouping.

    Counts are exact; sums of money and probability agree to the last bits. Batch and
    log merge too: the source is then that of the first day.

    Raises
    ------
    DataError
        If there is none, or they are of more than one bundle.
    """
    if not profiles:
        raise DataError("expected the profile of a day, found none; nothing was scored")
    bundles = {profile.bundle_sha256 for profile in profiles}
    if len(bundles) > 1:
        raise DataError(
            f"expected days of one bundle, found {len(bundles)}, whose bins differ; "
            "merge the days of each version by itself"
        )
    first = min(profiles, key=lambda profile: (profile.day, profile.source))
    return replace(
        first,
        n=sum(profile.n for profile in profiles),
        customers=merged_sketch([profile.customers for profile in profiles]),
        features=_by_name([profile.features for profile in profiles]),
        score=merged_profile([profile.score for profile in profiles]),
        scores=merged_scores([profile.scores for profile in profiles]),
        slices=_slices([profile.slices for profile in profiles]),
        quality=_added([profile.quality for profile in profiles]),
    )


def _added(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def _by_name(features: Sequence[Mapping[str, Profile]]) -> dict[str, Profile]:
    return {
        name: merged_profile([profiles[name] for profiles in features])
        for name in features[0]
    }


def _slices(slices: Sequence[Mapping[str, ScoreCounts]]) -> dict[str, ScoreCounts]:
    names = sorted({name for counts in slices for name in counts})
    return {
        name: merged_scores([counts[name] for counts in slices if name in counts])
        for name in names
    }
