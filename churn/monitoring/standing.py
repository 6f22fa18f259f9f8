"""Alarms told before that are not over: they stand, whether they can be seen or not."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from churn.evaluation.scorecard import Estimate
from churn.monitoring.alarms import Notice
from churn.monitoring.health import Harm, HarmKind, Health
from churn.monitoring.verdict import harm_sentence
from churn.monitoring.words import TOLD

OTHER_KINDS: dict[str, HarmKind] = {"volume": "volume", "quality": "quality"}
TOLD_BEFORE = re.compile(r"^the alarm of \S+ stands[^:]*: ")


def with_standing(health: Health, standing: Sequence[Notice]) -> Health:
    """The look with every alarm that was told before and is not over.

    Over is an alarm whose loss, tested today, is within tolerance; all others stand,
    for lack of evidence ends none.

    Parameters
    ----------
    health : Health
        With the tests of the day alone.
    standing : sequence of Notice
        What was told last of the alarms that stand. Those of other versions and of
        later days are left out.

    Returns
    -------
    Health
        The same where nothing stands that is not seen today.
    """
    found = health.harm_by_name
    lasting = tuple(
        harm
        for notice in standing
        if notice.version == health.version and notice.as_of <= health.as_of
        for harm in _lasting(notice, found.get(notice.name))
    )
    if not lasting:
        return health
    names = {harm.name for harm in lasting}
    quiet = tuple(h for h in health.harms if not h.is_alarm and h.name not in names)
    alarms = (*health.alarms, *lasting)
    return replace(
        health,
        verdict="harmed",
        sentence=harm_sentence(alarms),
        harms=(*alarms, *quiet),
    )


def _lasting(notice: Notice, harm: Harm | None) -> Iterator[Harm]:
    """The alarm as it stands today; none where it is over or seen today."""
    if harm is None or harm.loss.value is None:
        is_seen = harm is not None and harm.is_alarm
        yield from () if is_seen else (_unseen(notice, harm),)
    elif not harm.is_alarm and harm.loss.value > harm.tolerance:
        yield replace(
            harm,
            is_alarm=True,
            since=notice.since or notice.as_of,
            sentence=_stands(notice, ", less surely than when told", harm.sentence),
            what_to_do=notice.what_to_do,
        )


def _unseen(notice: Notice, harm: Harm | None) -> Harm:
    return Harm(
        name=notice.name,
        kind=_kind_of(notice.name),
        loss=Estimate(None, None, None, 0),
        tolerance=notice.tolerance,
        unit=notice.unit,
        # A test that was not made takes nothing of the year's budget.
        error_rate=harm.error_rate if harm else 0.0,
        statistic=None,
        threshold=None,
        window_days=None,
        is_alarm=True,
        since=notice.since or notice.as_of,
        sentence=_stands(notice, " and could not be measured today", notice.what),
        what_to_do=notice.what_to_do,
    )


def _stands(notice: Notice, how: str, what: str) -> str:
    """That it stands; an alarm that was told again while it stood is not told twice."""
    told = TOLD_BEFORE.sub("", what)
    return f"the alarm of {notice.since or notice.as_of} stands{how}: {told}"


def _kind_of(name: str) -> HarmKind:
    test = name.partition(":")[0]
    return OTHER_KINDS[test] if test in OTHER_KINDS else TOLD[test].kind
