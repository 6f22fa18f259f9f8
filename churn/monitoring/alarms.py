"""Whom to disturb with which alarm, given what was told before.

An alarm is told when it is raised, when it became clearly worse, again after some days,
and once when it is over. In between it is held back. It is over when its estimate is
within tolerance again, not merely when the evidence is weaker than the day before: so
an alarm at the edge of what can be seen does not come and go.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from churn.monitoring.health import Harm, Health
from churn.ranges import at_least
from churn.report.formats import capital

Occasion = Literal["raised", "worse", "repeated", "cleared"]

Severity = Literal["page", "ticket"]
"""As of the server's alerts: ``page`` wakes somebody, ``ticket`` waits for morning."""


@dataclass(frozen=True)
class AlertPlan:
    """How often the same alarm is told.

    Parameters
    ----------
    repeat_days : int
        Days after which one that lasts is told again.
    worse_share : float
        An alarm is told at once when its loss beyond what is tolerated grew by this
        share since it was told last.
    """

    repeat_days: int
    worse_share: float

    def __post_init__(self) -> None:
        """Refuse to repeat within the day, and growth that is none."""
        at_least("alerts.repeat_days", self.repeat_days, 1)
        at_least("alerts.worse_share", self.worse_share, 0)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What is told of one alarm, once: what, how sure, since when, what to do.

    ``name`` is that of the harm, ``version`` whose harm it is. ``since`` is the first
    day on which it was seen; ``loss`` with its bounds is in ``unit``. Names groups of
    customers, never one.
    """

    occasion: Occasion
    name: str
    version: str
    as_of: date
    since: date | None
    what: str
    how_sure: str
    what_to_do: str
    loss: float | None
    tolerance: float
    unit: str

    @property
    def is_over(self) -> bool:
        """Whether the alarm stands no longer."""
        return self.occasion == "cleared"

    @property
    def severity(self) -> Severity:
        """Rows that lack or are broken spoil tonight's list; a model can wait."""
        is_data = self.name.partition(":")[0] in ("volume", "quality")
        return "page" if is_data and not self.is_over else "ticket"

    @property
    def text(self) -> str:
        """All of it in a few lines."""
        head = f"[{self.occasion}] version {self.version}, {self.name}"
        since = f"Since {self.since}" if self.since else ""
        lines = (
            f"{head}: {in_sentences(self.what)}",
            self.how_sure,
            in_sentences(since, self.what_to_do),
        )
        return "\n".join(line for line in lines if line)


def said_of(harm: Harm, health: Health) -> str:
    """An alarm and what to do, below the sentence of its look: nothing said twice."""
    is_said = health.sentence.startswith(harm.sentence)
    return in_sentences("" if is_said else harm.sentence, harm.what_to_do)


def in_sentences(*parts: str) -> str:
    """The parts, each a sentence of its own; empty ones are left out.

    Examples
    --------
    >>> in_sentences("it is worse", "", "Train again.")
    'It is worse. Train again.'
    """
    told = [part.strip().removesuffix(".") for part in parts]
    return " ".join(f"{capital(part)}." for part in told if part)


@dataclass(frozen=True, kw_only=True)
class Due:
    """What is to be told now, and which alarms stand without being told again."""

    notices: tuple[Notice, ...]
    held_back: tuple[str, ...]


def due(last: Mapping[str, Notice], health: Health, plan: AlertPlan) -> Due:
    """Hold the alarms of a day against what was told of each before.

    Parameters
    ----------
    last : mapping of a harm's name to Notice
        The one told last, whichever the version. A day before it tells nothing new.

    Returns
    -------
    Due
        What is over comes first. After these notices the same call gives none.
    """
    known = {name: one for name, one in last.items() if one.as_of <= health.as_of}
    later = frozenset(last) - frozenset(known)
    standing = {name: one for name, one in known.items() if not one.is_over}
    harms = {harm.name: harm for harm in health.harms}
    over = tuple(
        cleared
        for name, one in sorted(standing.items())
        if (cleared := _over(one, harms.get(name), health))
    )
    open_ = {n: one for n, one in standing.items() if n not in {c.name for c in over}}
    raised, held_back = [], []
    for harm in health.harms:
        if not harm.is_alarm or harm.name in later:
            continue
        occasion = _occasion(open_.get(harm.name), harm, health.as_of, plan)
        if occasion is not None:
            raised.append(_notice(occasion, harm, health))
    told = {notice.name for notice in raised}
    held_back = [name for name in sorted(open_) if name not in told]
    return Due(notices=(*over, *raised), held_back=tuple(held_back))


def _over(one: Notice, harm: Harm | None, health: Health) -> Notice | None:
    """That an alarm is over, and why; None while it stands."""
    if one.version != health.version:
        why = f"version {one.version} is no longer in production"
        return _cleared(one, why, health.as_of)
    if harm is None or harm.is_alarm or harm.loss.value is None:
        return None
    if harm.loss.value > harm.tolerance:
        return None
    return _cleared(one, f"{harm.sentence}", health.as_of, how_sure=_how_sure(harm))


def _cleared(one: Notice, why: str, as_of: date, how_sure: str = "") -> Notice:
    return Notice(
        occasion="cleared",
        name=one.name,
        version=one.version,
        as_of=as_of,
        since=one.since,
        what=f"over: {why}",
        how_sure=how_sure,
        what_to_do="",
        loss=None,
        tolerance=one.tolerance,
        unit=one.unit,
    )


def _occasion(
    before: Notice | None, harm: Harm, as_of: date, plan: AlertPlan
) -> Occasion | None:
    """Why an alarm is told now; None while it is held back."""
    if before is None:
        return "raised"
    if before.as_of == as_of:
        return None
    if _is_worse(before, harm, plan):
        return "worse"
    is_long_ago = (as_of - before.as_of).days >= plan.repeat_days
    return "repeated" if is_long_ago else None


def _is_worse(before: Notice, harm: Harm, plan: AlertPlan) -> bool:
    if before.loss is None or harm.loss.value is None:
        return False
    # An alarm that only stands is not sure enough to be worse.
    if harm.statistic is None or harm.threshold is None:
        return False
    if harm.statistic <= harm.threshold:
        return False
    was, is_ = before.loss - before.tolerance, harm.loss.value - harm.tolerance
    return is_ > max(was, 0.0) * (1 + plan.worse_share) and is_ > was


def _notice(occasion: Occasion, harm: Harm, health: Health) -> Notice:
    return Notice(
        occasion=occasion,
        name=harm.name,
        version=health.version,
        as_of=health.as_of,
        since=harm.since,
        what=harm.sentence,
        how_sure=_how_sure(harm),
        what_to_do=harm.what_to_do,
        loss=harm.loss.value,
        tolerance=harm.tolerance,
        unit=harm.unit,
    )


def _how_sure(harm: Harm) -> str:
    """The estimate with its interval, and how often such an alarm is false."""
    loss, unit = harm.loss, f" {harm.unit}" if harm.unit else ""
    if loss.value is None:
        return ""
    interval = (
        ""
        if loss.low is None or loss.high is None
        else f" (95%: {loss.low:.4g} to {loss.high:.4g})"
    )
    return (
        f"Loss {loss.value:.4g}{interval}{unit}, tolerated {harm.tolerance:.4g}; false "
        f"alarms of this kind: at most {harm.error_rate:.2%} of quiet years."
    )
