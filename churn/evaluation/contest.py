"""The model and its rivals on the same rows, and what is measured of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from churn.evaluation.asked import Asked
from churn.evaluation.calibration import calibration_line, errors_of_probability
from churn.evaluation.curves import lift_and_profit
from churn.evaluation.decisions import decisions
from churn.evaluation.evidence import CHALLENGER, RIVAL, Evidence
from churn.evaluation.profit import profits
from churn.evaluation.ranking import ranking, recall_at_budget
from churn.evaluation.rows import Rows, parse_probability, parse_rows
from churn.evaluation.slices import Group, find_groups
from churn.evaluation.weighting import Bools, Floats, Kernel, among, together
from churn.scoring.decision import contact, expected_net_value

Key = tuple[str, ...]
MODEL: Key = ("model",)
CURVES: Key = ("curves",)


@dataclass(frozen=True)
class Contest:
    """Everything that can be measured on the test rows; ``model`` and rivals score."""

    rows: Rows
    model: Floats
    rivals: Mapping[str, Floats]
    groups: tuple[Group, ...]
    too_small: tuple[str, ...]


def contest(evidence: Evidence, asked: Asked) -> Contest:
    """Read what was asked for from the rows, each column checked.

    Raises
    ------
    NotEnoughDataError
        If there are no test rows.
    BundleError
        If probabilities are missing or outside [0, 1].
    """
    frame, plan = evidence.rows, evidence.plan
    rows = parse_rows(
        frame, evidence.economics, high_value_quantile=plan.high_value_quantile
    )
    groups, too_small = (
        find_groups(frame, min_rows=plan.slice_min_rows) if asked.slices else ((), ())
    )
    return Contest(
        rows=rows,
        model=parse_probability("the model", frame[CHALLENGER].to_numpy(), rows),
        rivals={
            name: parse_probability(name, frame[RIVAL + name].to_numpy(), rows)
            for name in evidence.rivals
            if name in asked.rivals
        },
        groups=groups,
        too_small=too_small,
    )


def kernels(contest: Contest, asked: Asked) -> dict[Key, Kernel]:
    """What measures each subject that was asked for."""
    rows, model = contest.rows, contest.model
    found = {MODEL: together(list(_of(asked.model, rows, model, model)))}
    for name, rival in contest.rivals.items():
        of_rival = list(_of(asked.rivals[name], rows, model, rival))
        found["rival", name] = together(of_rival)
    for group in contest.groups:
        found["slice", group.slice_name, group.group] = on_group(
            group.rows, asked.slices, rows, model
        )
    if asked.by_people:
        found[CURVES] = lift_and_profit(
            rows.is_churn, model, expected_eur(rows, model), rows.net_value_eur
        )
    return found


def on_group(
    chosen: Bools, families: frozenset[str], rows: Rows, probability: Floats
) -> Kernel:
    """The figures of some of the rows, reading the weights of all."""
    part = rows.only(chosen)
    mine = probability[chosen]
    return among(chosen, together(list(_of(families, part, mine, mine))))


def _of(
    families: frozenset[str], rows: Rows, model: Floats, probability: Floats
) -> Iterator[Kernel]:
    """The kernels of some families, of whoever gave these probabilities."""
    is_churn = rows.is_churn
    if "ranking" in families:
        yield ranking(is_churn, probability)
    if "errors" in families:
        yield errors_of_probability(is_churn, probability)
    if "line" in families:
        yield calibration_line(is_churn, probability)
    if "decision" in families:
        contacted = whom(rows, probability)
        yield decisions(is_churn, contacted, rows.net_value_eur, rows.is_high_value)
    if "profit" in families:
        mean_value = float(rows.customer_value.mean())
        yield profits(is_churn, probability, mean_value, rows.economics)
    if "at_contact_rate" in families:
        yield _at_contact_rate(rows, model, probability)


def whom(rows: Rows, probability: Floats) -> Bools:
    """Whom the deployed decision contacts."""
    return contact(probability, rows.customer_value, rows.economics)


def expected_eur(rows: Rows, probability: Floats) -> Floats:
    """What the deployed decision expects a contact to bring, EUR."""
    return expected_net_value(probability, rows.customer_value, rows.economics)


def _at_contact_rate(rows: Rows, model: Floats, rival: Floats) -> Kernel:
    """High-value recall of a rival that contacts as many of them as the model."""
    high = rows.is_high_value
    contacted = whom(rows, model)
    return among(
        high, recall_at_budget(rows.is_churn[high], rival[high], contacted[high])
    )
