import pytest

from churn.gates.decision import Decision
from registry.state import State, consequences, state
from tests.registry.test_ledger import event


def decision(*, approved: bool, promotes_first: bool = True) -> Decision:
    return Decision(
        approved=approved,
        policy="improve",
        reason="because",
        gates=(),
        has_champion=False,
        promotes_without_champion=promotes_first,
    )


def test_an_empty_history_has_nothing_live() -> None:
    assert state([]) == State()


def test_the_last_promotion_is_production() -> None:
    head = state([event(1), event(2, "promoted"), event(3), event(4, "promoted", "2")])

    assert head.production == event(4, "promoted", "2")
    assert head.sequence == 4


def test_a_rejection_changes_nothing_but_the_sequence() -> None:
    live = [event(1), event(2, "promoted")]

    head = state([*live, event(3, "rejected", "2")])

    assert head.production == state(live).production
    assert head.sequence == 3


PRODUCTION = event(2, "promoted")
STAGED = event(3, "staged", "2")


LIVE = State(production=PRODUCTION)
ROLLING = State(production=PRODUCTION, staging=STAGED)


@pytest.mark.parametrize(
    ("head", "approved", "compared_with", "kinds"),
    [
        (State(), False, None, ("rejected",)),
        (State(), True, None, ("approved", "promoted")),
        (LIVE, True, "1", ("approved", "staged")),
        (ROLLING, True, "1", ("approved", "waiting")),
        (ROLLING, False, "1", ("rejected",)),
        (LIVE, True, None, ("rejected",)),
        (LIVE, True, "0", ("rejected",)),
    ],
)
def test_a_decision_has_the_consequence_that_the_head_allows(
    head: State, approved: bool, compared_with: str | None, kinds: tuple[str, ...]
) -> None:
    assert consequences(head, decision(approved=approved), compared_with) == kinds


def test_the_first_model_is_only_staged_where_the_policy_says_so() -> None:
    careful = decision(approved=True, promotes_first=False)

    assert consequences(State(), careful, None) == ("approved", "staged")
