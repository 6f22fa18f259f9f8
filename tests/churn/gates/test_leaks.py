import pytest

from churn.gates.leaks import ceilings, leak_probes
from tests.churn.gates.checks import check
from tests.churn.gates.figures import between, reading, scorecard

CHECK = check("leak_probes", single_feature=0.9, recency=0.2)
HONEST = reading("single_feature", "tenure_days", 0.6, 0.65, 0.7)
LEAK = reading("recency", "days_since_login", 0.8, 0.9, 1.0)


def test_a_leak_fails_and_is_named_with_its_probe() -> None:
    found = leak_probes(CHECK, scorecard(readings=[HONEST, LEAK]))

    assert found.outcome == "failed"
    assert found.observed == between(0.8, 0.9, 1.0)
    assert found.bound == 0.2
    assert found.sentence == (
        "leaks: days_since_login (by recency). First: days_since_login tells; 0.9 "
        "(0.8 to 1), wanted at most 0.2"
    )


def test_without_a_leak_it_passes_and_names_the_nearest() -> None:
    near = reading("recency", "days_since_call", 0.0, 0.1, 0.15)

    found = leak_probes(CHECK, scorecard(readings=[HONEST, near]))

    assert found.outcome == "passed"
    assert found.bound == 0.2
    assert found.sentence.startswith(
        "no leak found in 2 features; nearest, by recency: days_since_call tells; "
    )


@pytest.mark.parametrize(
    ("by", "outcome"), [("interval", "passed"), ("value", "failed")]
)
def test_an_interval_that_the_ceiling_cuts_is_no_evidence(by, outcome) -> None:
    cut = reading("recency", "days_since_call", 0.15, 0.25, 0.35)
    asked = check("leak_probes", by=by, recency=0.2)

    assert leak_probes(asked, scorecard(readings=[cut])).outcome == outcome


def test_at_its_ceiling_nothing_leaks_yet() -> None:
    at = reading("recency", "days_since_call", 0.2, 0.3, 0.4)

    assert leak_probes(CHECK, scorecard(readings=[at])).outcome == "passed"


def test_a_probe_that_the_policy_does_not_ask_for_is_passed_over() -> None:
    moved = reading("moved_earlier", "calls", 0.4, 0.45, 0.5)

    assert leak_probes(CHECK, scorecard(readings=[moved])).outcome == "skipped"


def test_an_undefined_reading_is_passed_over() -> None:
    undefined = reading("recency", "days_since_call", None, None, None)

    assert leak_probes(CHECK, scorecard(readings=[undefined])).outcome == "skipped"


def test_of_many_leaks_the_clearest_are_named() -> None:
    many = [
        reading("recency", f"f{i}", 0.3 + i / 100, 0.4 + i / 100, 0.9) for i in range(7)
    ]

    sentence = leak_probes(CHECK, scorecard(readings=many)).sentence

    assert sentence.startswith("leaks: f6 (by recency), f5 (by recency), ")
    assert "f2 (by recency) and 2 more. First: f6 tells; " in sentence


def test_ceilings_are_those_of_the_policys_checks_the_lower_of_two() -> None:
    checks = [
        check("floor", bound=0.1),
        CHECK,
        check("leak_probes", recency=0.5, single_feature=0.8),
    ]

    assert ceilings(checks) == {"single_feature": 0.8, "recency": 0.2}
