from dataclasses import replace

from registry.features_used import FEATURES, listed, versions_using
from tests.registry.test_ledger import event


def using(sequence, kind, version, *names):
    return replace(event(sequence, kind, version), evidence={FEATURES: listed(names)})


def test_each_version_that_takes_a_feature_is_named_once_by_its_last_event():
    events = [
        using(1, "approved", "1", "tenure", "price"),
        using(2, "promoted", "1", "tenure", "price"),
        using(3, "rejected", "2", "price"),
        using(4, "staged", "3", "tenure_days"),
    ]

    assert [e.sequence for e in versions_using(events, ["tenure"])] == [2]
    assert [e.sequence for e in versions_using(events, ["price", "tenure_days"])] == [
        2,
        3,
        4,
    ]


def test_an_event_that_names_no_features_tells_nothing():
    assert versions_using([event(1)], ["tenure"]) == ()
