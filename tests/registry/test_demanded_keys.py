"""A signature is asked of a version whose policy asked for one, and of no other."""

import pytest

from churn.errors import ConfigError
from churn.scoring.keys import TrustedKeys
from registry.demanded_keys import demanded_keys
from tests.ledger_histories import History

TRUSTED = TrustedKeys({})
WITH = {"policy": {"checks": [{"kind": "floor"}, {"kind": "signature"}]}}
WITHOUT = {"policy": {"checks": [{"kind": "floor"}]}}


def decided(*policies: dict) -> History:
    """Versions 1, 2, … that went live one after the other, each by its policy."""
    history = History()
    for version, policy in enumerate(policies, start=1):
        history.trained(version, "promoted", decided=policy)
    return history


def test_each_version_is_held_to_its_own_policy():
    events = decided(WITHOUT, WITH).events

    before, after = events[3], events[7]

    assert demanded_keys(events, before, TRUSTED) is None
    assert demanded_keys(events, after, TRUSTED) is TRUSTED


def test_a_way_back_is_held_to_the_policy_of_the_version_it_leads_to():
    history = decided(WITHOUT, WITH)
    history.add("rolled_back", 1, {"from": "2"})

    assert demanded_keys(history.events, history.events[-1], TRUSTED) is None


def test_where_there_is_no_version_or_no_decision_nothing_is_demanded():
    registered = History().add("registered", 1).events

    assert demanded_keys([], None, TRUSTED) is None
    assert demanded_keys(registered, registered[0], TRUSTED) is None


def test_of_two_versions_with_one_number_the_other_ones_policy_does_not_count():
    history = decided(WITH).add("registered", 1, version_id="id-1-again")

    assert demanded_keys(history.events, history.events[-1], TRUSTED) is None


def test_a_demand_without_trusted_keys_says_what_to_set():
    events = decided(WITH).events

    with pytest.raises(ConfigError, match="version 1 demands a sig.* HOLDFAST_TRUSTED"):
        demanded_keys(events, events[-1], None)
