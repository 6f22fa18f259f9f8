"""The tests of the alarm budget as records with sentences. Computes nothing new."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from churn.evaluation.scorecard import Estimate
from churn.monitoring.health import Harm, HarmKind
from churn.monitoring.performance import roc_auc
from churn.monitoring.trials import Trial
from churn.monitoring.windows import EVERYONE, Window

Z95 = 1.959963984540054

NO_BETTER = 0.5
"""ROC-AUC of a coin: rarely is a model worse, and labels turned round look like it."""

CHECK_LABELS = (
    "check first that the labels are not turned round or of other customers, for "
    "ROC-AUC is below 0.5; then "
)


@dataclass(frozen=True)
class Wording:
    """How one test is told.

    ``what`` and ``within`` are formats of the loss and the tolerance; ``unharmed`` is
    told of a loss below 0.
    """

    kind: HarmKind
    unit: str
    what: str
    unharmed: str
    within: str
    untested: str
    what_to_do: str


TOLD: Mapping[str, Wording] = {
    "estimated_ranking": Wording(
        kind="estimated",
        unit="ROC-AUC",
        what="ROC-AUC is estimated {loss:.3f} below the reference's",
        unharmed="ROC-AUC is estimated no lower than the reference's",
        within="{tolerance:.3f} is tolerated",
        untested="the loss of ROC-AUC cannot be estimated",
        what_to_do=(
            "look at what drifted: repair it where it is a fault of the data; where "
            "customers have changed, retrain"
        ),
    ),
    "matured_ranking": Wording(
        kind="matured",
        unit="ROC-AUC",
        what="by matured labels ROC-AUC is {loss:.3f} below the reference's",
        unharmed="by matured labels ROC-AUC is no lower than the reference's",
        within="{tolerance:.3f} is tolerated",
        untested="too few labels have matured to measure ROC-AUC",
        what_to_do="retrain: the model no longer ranks whom it meets as it did",
    ),
    "matured_calibration": Wording(
        kind="matured",
        unit="share of the churn expected",
        what="by matured labels churn is off what the scores expected by {loss:.0%}",
        unharmed="by matured labels churn is what the scores expected",
        within="{tolerance:.0%} is tolerated",
        untested="too few labels have matured to hold churn against the scores",
        what_to_do="retrain: whom to contact rests on what the scores say",
    ),
    "matured_net_value": Wording(
        kind="matured",
        unit="EUR per 1,000 customers",
        what="by matured labels contacting brought {loss:,.0f} EUR per 1,000 customers "
        "less than the scores promised",
        unharmed="by matured labels contacting brought what the scores promised",
        within="{tolerance:,.0f} EUR is tolerated",
        untested="too few labels have matured to hold money against its promise",
        what_to_do="retrain; until then contact fewer: a higher bar of expected value",
    ),
}


@dataclass(frozen=True, eq=False)
class Look:
    """A test on one window, arrays of shape (n_groups,)."""

    window: Window
    trial: Trial


def harms(
    looks: Sequence[Look], began: Mapping[tuple[str, str], date | None]
) -> tuple[Harm, ...]:
    """A record for each group of each test: of the window that tells most against it.

    Parameters
    ----------
    looks : sequence of Look
        One test at all its windows.
    began : mapping of (test, group) to date
        Since when, where it is an alarm.
    """
    groups = looks[0].window.groups[: looks[0].trial.statistic.shape[0]]
    return tuple(_harm(looks, place, began) for place in range(len(groups)))


def untested(name: str, error_rate: float, tolerance: float) -> Harm:
    """A test that nothing is known for."""
    told = TOLD[name]
    return Harm(
        name=name,
        kind=told.kind,
        loss=Estimate(None, None, None, 0),
        tolerance=tolerance,
        unit=told.unit,
        error_rate=error_rate,
        statistic=None,
        threshold=None,
        window_days=None,
        is_alarm=False,
        since=None,
        sentence=told.untested,
        what_to_do="",
    )


def _harm(
    looks: Sequence[Look], place: int, began: Mapping[tuple[str, str], date | None]
) -> Harm:
    look = max(looks, key=lambda look: _rank(look, place))
    trial, window = look.trial, look.window
    told, group = TOLD[trial.name], window.groups[place]
    name = trial.name if group == EVERYONE else f"{trial.name}:{group}"
    tolerance = float(trial.tolerance[place])
    budget = trial.budgets[place]
    error_rate = budget.error_rate / budget.n_tests
    if group == EVERYONE:
        error_rate = budget.error_rate
    statistic = float(trial.statistic[place])
    if not np.isfinite(statistic):
        none = untested(trial.name, error_rate, tolerance)
        return none if group == EVERYONE else _renamed(none, name, group)
    loss = _loss(look, place)
    is_alarm = bool(trial.is_alarm[place])
    return Harm(
        name=name,
        kind=told.kind,
        loss=loss,
        tolerance=tolerance,
        unit=told.unit,
        error_rate=error_rate,
        statistic=statistic,
        threshold=float(trial.thresholds[place]),
        window_days=window.days,
        is_alarm=is_alarm,
        since=began.get((trial.name, group)) or window.first_day if is_alarm else None,
        sentence=_sentence(told, group, loss, tolerance, window),
        what_to_do=_what_to_do(look, place) if is_alarm else "",
    )


def _what_to_do(look: Look, place: int) -> str:
    told = TOLD[look.trial.name]
    if look.trial.name != "matured_ranking":
        return told.what_to_do
    area = float(roc_auc(look.window.rows.sums[place], 1.0).value)
    return f"{CHECK_LABELS}{told.what_to_do}" if area < NO_BETTER else told.what_to_do


def _rank(look: Look, place: int) -> tuple[float, int]:
    """Windows by how near an alarm they are; the longest where none can tell."""
    statistic = float(look.trial.statistic[place])
    if np.isnan(statistic):
        return -np.inf, look.window.days
    return statistic - float(look.trial.thresholds[place]), look.window.days


def _loss(look: Look, place: int) -> Estimate:
    value = float(look.trial.loss.value[place])
    reach = Z95 * float(look.trial.loss.total_error[place])
    n = int(look.window.rows.sums.n[place].sum())
    return Estimate(value, value - reach, value + reach, n)


def _sentence(
    told: Wording, group: str, loss: Estimate, tolerance: float, window: Window
) -> str:
    of_group = "" if group == EVERYONE else f"of {group.replace('=', ' ', 1)}, "
    value = max(loss.value or 0.0, 0.0)
    days = (
        f"on {window.last_day}"
        if window.first_day == window.last_day
        else f"from {window.first_day} to {window.last_day}"
    )
    what = told.what.format(loss=value) if value else told.unharmed
    return f"{of_group}{what} {days}; {told.within.format(tolerance=tolerance)}"


def _renamed(harm: Harm, name: str, group: str) -> Harm:
    words = f"of {group.replace('=', ' ', 1)}, {harm.sentence}"
    return Harm(**{**vars(harm), "name": name, "sentence": words})
