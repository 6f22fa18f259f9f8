"""The version in production: its bundle, and how it scores given rows."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl
from zenml.io import fileio

from churn.errors import BundleError
from churn.evaluation.rivals import ChampionScores
from churn.features.declarations import Feature
from churn.model.columns import to_columns
from churn.scoring.bundle import Bundle, load_bundle
from churn.scoring.keys import TrustedKeys
from registry.event import Event
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
    bundle = load_from(event.lineage.bundle_uri, trusted=trusted)
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


def champion_bundle(champion: Champion, trusted: TrustedKeys | None) -> Bundle | None:
    """The champion's bundle, verified; None when there is no champion.

    Raises
    ------
    BundleError
        As ``load_from``.
    """
    if champion.bundle_uri is None:
        return None
    return load_from(champion.bundle_uri, trusted=trusted)


def load_from(uri: str, *, trusted: TrustedKeys | None) -> Bundle:
    """The verified bundle at an address in the artifact store.

    Raises
    ------
    BundleError
        If it is gone, altered, not signed by a trusted key where keys are demanded,
        or answers wrongly.
    """
    try:
        files = {str(name): _read(f"{uri}/{name}") for name in fileio.listdir(uri)}
    except (FileNotFoundError, NotADirectoryError) as error:
        msg = f"the bundle is gone from {uri}"
        raise BundleError(msg) from error
    return load_bundle(files, trusted=trusted)


def _read(address: str) -> bytes:
    with fileio.open(address, "rb") as file:
        return bytes(file.read())
