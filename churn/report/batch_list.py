"""The target list in one sentence and four figures."""

from collections.abc import Callable

from churn.batch.listed import DaySummary, Listed
from churn.batch.record import Scored
from churn.batch.targets import TargetPlan, most_of_share
from churn.report.blocks import Mark, Note, Section, Tile, Tiles, Verdict
from churn.report.formats import bounds, number, plural, signed, stated

CONTACT = Mark("✓", "Contact", "good")
NOBODY = Mark("○", "Nobody to contact", "unsure")
STILL = 0.0005


def list_section(scored: Scored, listed: Listed) -> Section:
    """Say how many to contact, what that is worth, and where the list ends."""
    verdict = Verdict(
        mark=CONTACT if listed.current.n_listed else NOBODY,
        sentence=_sentence(listed),
        detail=_end_of_list(scored.plan.targets, listed.current),
        summary="",
    )
    tiles = (
        _scored(scored, listed),
        _on_list(listed),
        _net_value(listed),
        _probability(listed),
    )
    return Section("Whom to contact", (verdict, Tiles(items=tiles)))


def moved(change: float) -> str:
    """Write how far a mean probability moved.

    Examples
    --------
    >>> moved(0.012), moved(-0.012), moved(0.0001)
    ('+1.2 percentage points', '−1.2 percentage points', 'unmoved')
    """
    if abs(change) < STILL:
        return "unmoved"
    return f"{signed(change, 'share').removesuffix('%')} percentage points"


def _sentence(listed: Listed) -> str:
    current, net = listed.current, listed.worth.net_value
    if not current.n_listed:
        return f"among {plural(current.n, 'customer')}."
    return (
        f"{plural(current.n_listed, 'customer')} of {current.n:,}. That is expected to "
        f"bring {number(net.value, 'eur')} net."
    )


def _end_of_list(plan: TargetPlan, current: DaySummary) -> str:
    n_left = current.n_worth - current.n_listed
    if n_left:
        return (
            f"The list ends at {_bound(plan, current)}. Beyond it "
            f"{plural(n_left, 'more customer')} would be worth a contact."
        )
    return "Everybody for whom a contact is expected to pay is on the list."


def _bound(plan: TargetPlan, current: DaySummary) -> str:
    """The bound that ended the list, the first where several did."""
    if plan.most_customers == current.n_listed:
        return plural(current.n_listed, "customer")
    if (
        plan.share is not None
        and most_of_share(plan.share, current.n) == current.n_listed
    ):
        return f"{stated(plan.share, 'share')} of all customers"
    return f"its budget of {stated(plan.budget_eur or 0, 'eur')}"


def _scored(scored: Scored, listed: Listed) -> Tile:
    n_aside = scored.n_quarantined
    return Tile(
        label="Customers scored",
        value=f"{listed.current.n:,}",
        detail=f"{n_aside:,} could not be" if n_aside else "all there are",
        notes=(
            *_last(listed, lambda day: f"{day.n:,}"),
            *_left(scored),
        ),
    )


def _left(scored: Scored) -> tuple[Note, ...]:
    if not scored.n_left:
        return ()
    return (Note("left already, not contacted", f"{scored.n_left:,}"),)


def _on_list(listed: Listed) -> Tile:
    current = listed.current
    return Tile(
        label="On the list",
        value=f"{current.n_listed:,}",
        detail=f"{number(current.n_listed / current.n, 'share')} of the scored",
        notes=(
            *_last(listed, lambda day: f"{day.n_listed:,}"),
            Note("worth a contact", f"{current.n_worth:,}"),
        ),
    )


def _net_value(listed: Listed) -> Tile:
    worth = listed.worth
    return Tile(
        label="Expected net value of the list",
        value=number(worth.net_value.value, "eur"),
        detail=f"{bounds(worth.net_value, 'eur')} by chance",
        notes=(
            *_last(listed, lambda day: number(day.listed_net_value_eur, "eur")),
            Note("expected cost", number(worth.cost_eur, "eur")),
        ),
    )


def _probability(listed: Listed) -> Tile:
    change = listed.change
    same = change.mean_move if change else None
    return Tile(
        label="Mean probability of leaving",
        value=number(listed.current.mean_probability, "share"),
        detail="of all who were scored",
        notes=(
            *_last(listed, lambda day: number(day.mean_probability, "share")),
            *(() if same is None else (Note("same customers", moved(same)),)),
        ),
    )


def _last(listed: Listed, told: Callable[[DaySummary], str]) -> tuple[Note, ...]:
    """The same figure of the run before, if there was one."""
    before = listed.before
    return () if before is None else (Note(f"on {before.snapshot_date}", told(before)),)
