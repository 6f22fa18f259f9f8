"""The version in production: its bundle, and how it scores given rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from churn.errors import BundleError
from churn.evaluation.rivals import ChampionScores
from churn.features.declarations import Feature
from churn.model.columns import to_columns
from churn.scoring.bundle import Bundle
from churn.scoring.keys import TrustedKeys
from registry.artifacts import files_at
from registry.bundles import bundle_of
from registry.demanded_keys import demanded_keys
from registry.errors import RefusedError
from registry.event import Event, Lineage
from registry.state import state


@dataclass(frozen=True)
class Champion:
    """The version in production and its scores of the test rows, in their order.

    All are None when nothing is in production yet.
    """

    version: str | None
    bundle_sha256: str | None
    bundle_uri: str | None
    probability: tuple[float, ...] | None

    def rival(self, challenger_sha256: str) -> ChampionScores | None:
        """What the challenger is compared with; None when there is no champion."""
        if self.version is None or self.probability is None:
            return None
        return ChampionScores(
            version=self.version,
            probability=np.array(self.probability),
            is_same_bundle=self.bundle_sha256 == challenger_sha256,
        )


@dataclass(frozen=True)
class Live:
    """The version in production with its bundle, verified."""

    version: str
    bundle: Bundle


def live(events: Sequence[Event], trusted: TrustedKeys | None) -> Live:
    """What is in production, as the ledger has it.

    Raises
    ------
    RefusedError
        If nothing is.
    BundleError
        As ``load_from``, with the version and the way out.
    """
    event = state(events).production
    if event is None:
        raise RefusedError(
            "nothing is in production, so there is no model to score with; "
            "`models promote VERSION` makes one live"
        )
    keys = demanded_keys(events, event, trusted)
    try:
        return Live(event.version, load_from(event.lineage, trusted=keys))
    except BundleError as error:
        raise BundleError(
            f"version {event.version} is in production, and cannot be opened: {error}; "
            "where that is beyond repair, `models rollback` makes an earlier one live"
        ) from None


def champion_scores(
    events: Iterable[Event],
    rows: pl.DataFrame,
    features: Iterable[Feature],
    trusted: TrustedKeys | None,
) -> Champion:
    """Load the production bundle, verified, and score the rows with it.

    Raises
    ------
    BundleError
        If the bundle is gone or altered, or needs a feature that is declared no more.
    """
    event = state(events).production
    if event is None:
        return Champion(None, None, None, None)
    bundle = load_from(event.lineage, trusted=trusted)
    known = {feature.name: feature for feature in features}
    missing = [name for name in bundle.feature_names if name not in known]
    if missing:
        msg = (
            f"the champion, version {event.version}, needs {', '.join(missing)}; "
            "until a successor is live declare them with in_model=False"
        )
        raise BundleError(msg)
    used = [known[name] for name in bundle.feature_names]
    scores = bundle.score(to_columns(rows, used))
    return Champion(
        version=event.version,
        bundle_sha256=bundle.bundle_sha256,
        bundle_uri=event.lineage.bundle_uri,
        probability=tuple(map(float, scores)),
    )


def champion_bundle(champion: Champion) -> Bundle | None:
    """The bundle that was scored, verified again; None when there is no champion.

    Raises
    ------
    BundleError
        As ``load_from``.
    """
    if champion.bundle_uri is None or champion.bundle_sha256 is None:
        return None
    known = Lineage(
        bundle_uri=champion.bundle_uri, bundle_sha256=champion.bundle_sha256
    )
    # Whose signature it must bear was asked before it was scored.
    return load_from(known, trusted=None)


def load_from(lineage: Lineage, *, trusted: TrustedKeys | None) -> Bundle:
    """A version's bundle from the artifact store, as the ledger knows it.

    Raises
    ------
    BundleError
        If it is gone, altered, another's, not signed by a trusted key where keys are
        demanded, or answers wrongly.
    """
    try:
        files = files_at(lineage.bundle_uri)
    except OSError as error:
        raise BundleError(
            f"cannot read the bundle {lineage.bundle_uri}: {error.strerror or error}; "
            "restore it from a copy"
        ) from None
    return bundle_of(lineage, files, trusted=trusted)
