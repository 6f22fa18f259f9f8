from registry.features_used import versions_using
from tests.ledger_histories import History


def using(history: History, version: int, *names: str) -> History:
    return history.trained(version, None, registered={"features": list(names)})


def test_each_version_that_takes_a_feature_is_named_once_by_its_last_event():
    history = using(History(), 1, "tenure", "price")
    using(using(history, 2, "price"), 3, "tenure_days").add("approved", 1)
    events = history.events

    assert [e.sequence for e in versions_using(events, ["tenure"])] == [10]
    assert [e.sequence for e in versions_using(events, ["price", "tenure_days"])] == [
        6,
        9,
        10,
    ]


def test_a_version_that_names_no_features_tells_nothing():
    assert versions_using(History().add("approved", 1).events, ["tenure"]) == ()
