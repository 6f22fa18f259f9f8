"""After going live: whether what was promoted answers as it was trained to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from churn.errors import HoldfastError
from churn.scoring.bundle import Bundle
from churn.scoring.keys import TrustedKeys
from registry.champion import load_from
from registry.conditions import Act
from registry.demanded_keys import demanded_keys
from registry.errors import RefusedError
from registry.event import Event
from registry.state import state
from registry.transitions import rollback

FRESH = timedelta(hours=1)
"""How long a promotion counts as new: a server that fails later is another matter."""

Ask = Callable[[Sequence[Mapping[str, Any]], str, int], Sequence[float]]
"""How rows are answered where a version is served, once the server follows an event of
this sequence."""


@dataclass(frozen=True)
class Confirmation:
    """Whether the live version answers as it should, in one sentence.

    ``is_rolled_back``: it did not, and had just gone live, so the one before is live.
    """

    version: str | None
    is_confirmed: bool
    is_rolled_back: bool
    sentence: str


def confirm(
    events: Sequence[Event], trusted: TrustedKeys | None, ask: Ask | None
) -> Confirmation:
    """Let the golden rows of the live version be answered where it is served.

    Not during a rollout, which is judged by what is logged: they are nobody's rows.

    Parameters
    ----------
    ask : callable or None
        None where no server runs: that the bundle loads and answers has to do.
    """
    head = state(events)
    live = head.production
    if live is None:
        return Confirmation(None, True, False, "nothing is live")
    if head.rollout is not None:
        sentence = f"version {live.version}, beside version {head.rollout.version}"
        return Confirmation(live.version, True, False, sentence)
    told = f"version {live.version}"
    try:
        keys = demanded_keys(events, live, trusted)
        bundle = load_from(live.lineage, trusted=keys)
        if ask is None:
            sentence = f"{told} loads and answers; no server runs that could be asked"
            return Confirmation(live.version, True, False, sentence)
        _check(bundle, ask(bundle.golden.rows, live.version, events[-1].sequence))
    except HoldfastError as error:
        return Confirmation(live.version, False, False, f"{told}: {error}")
    sentence = f"{told} answers where it is served as it was trained to"
    return Confirmation(live.version, True, False, sentence)


def taken_back(
    events: Sequence[Event],
    found: Confirmation,
    act: Act,
    trusted: TrustedKeys | None,
) -> tuple[Event, ...]:
    """What follows where it does not: if it came by a rollout just now, the way back.

    Raises
    ------
    RefusedError
        If there was no version before.
    BundleError
        If that version cannot be loaded either.
    """
    if found.is_confirmed or not _is_new(events, act.at):
        return ()
    new = rollback(events, act, to=None)
    load_from(new[0].lineage, trusted=demanded_keys(events, new[0], trusted))
    return new


def _check(bundle: Bundle, found: Sequence[float]) -> None:
    golden, told = bundle.golden, np.asarray(found, dtype=np.float64)
    if golden.agrees(told):
        return
    if told.shape != golden.probability.shape:
        raise RefusedError(f"golden rows: {len(told)} answers for {len(golden.rows)}")
    off = float(np.abs(told - golden.probability).max())
    raise RefusedError(f"golden rows are answered with probabilities {off:.2g} off")


def _is_new(events: Sequence[Event], now: datetime) -> bool:
    """Whether the live version came by a rollout, a moment ago."""
    live = state(events).production
    if live is None or "assessment" not in live.evidence:
        return False
    return now - live.at < FRESH
