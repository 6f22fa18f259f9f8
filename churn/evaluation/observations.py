"""What a version showed when it was prodded, beyond its scores of the test rows.

Raw, so that whoever decides computes from it anew; the leak probes' readings alone
are kept as readings.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from churn.dataset import Direction
from churn.evaluation.scorecard import NOT_PROBED, LeakReport


@dataclass(frozen=True)
class Expected:
    """What the data set expects of scores when a row is changed, and says why.

    Parameters
    ----------
    direction : {"never_falls", "never_rises", "never_moves"}
        What the probability does, in the direction of the change.
    meaning : str
        The expectation as one sentence.
    """

    direction: Direction
    meaning: str


@dataclass(frozen=True)
class Speed:
    """Single calls of challenger and champion in turn, and what they weigh.

    Parameters
    ----------
    challenger_seconds, champion_seconds : tuple of float
        One scoring call of one row each; the n-th of both follow one another.
    challenger_bytes, champion_bytes : int
        Of all files of the bundle.
    """

    challenger_seconds: tuple[float, ...]
    champion_seconds: tuple[float, ...]
    challenger_bytes: int
    champion_bytes: int


@dataclass(frozen=True)
class InputSchema:
    """Features by name, each with its kind: ``number`` or ``category``.

    Parameters
    ----------
    needed : mapping
        What the challenger reads.
    served : mapping
        What is there when a customer is scored.
    champion : mapping
        What the champion reads; empty where there is none.
    """

    needed: Mapping[str, str]
    served: Mapping[str, str]
    champion: Mapping[str, str]


@dataclass(frozen=True)
class Observations:
    """Everything observed of one version but rows and their scores.

    Parameters
    ----------
    expectations : mapping of name to Expected
        All that the data set declares; the scores they were tried on are rows.
    speed : Speed or None
        None: there is no champion to compare with.
    schema : InputSchema or None
        None: not looked at.
    approvals : tuple of str
        Who approved this version so far.
    signed_by : str or None
        Fingerprint of the key whose signature of the bundle verified.
    """

    leaks: LeakReport
    expectations: Mapping[str, Expected]
    speed: Speed | None
    schema: InputSchema | None
    approvals: tuple[str, ...]
    signed_by: str | None


NOTHING_OBSERVED = Observations(NOT_PROBED, {}, None, None, (), None)
