import msgspec
import numpy as np
import pytest

from churn.profiles import Profiles, profiles_of, same_bins
from serving.drift import Drift, profiles_in, stability_index

RNG = np.random.default_rng(5)
TRAINED = RNG.normal(size=4000)
PLANS = RNG.choice(["a", "b"], size=4000, p=[0.8, 0.2]).astype(object)
TRAINING = profiles_of({"tenure": TRAINED, "plan": PLANS}, RNG.uniform(size=4000))


def bundled(profiles: Profiles):
    return profiles_in({"profiles.json": msgspec.json.encode(profiles)})


PROFILES = bundled(TRAINING)


def drift_of(rows: int, *, shift: float = 0.0, share: float = 0.2) -> Drift:
    drift = Drift(PROFILES, rows=2000)
    for _ in range(rows // 100):
        plans = RNG.choice(["a", "b"], size=100, p=[1 - share, share]).astype(object)
        columns = {"tenure": RNG.normal(size=100) + shift, "plan": plans}
        drift.add(columns, RNG.uniform(size=100))
    return drift


def test_the_index_is_the_symmetric_divergence_of_both_shares():
    found = stability_index(np.array([49.5, 149.5]), np.array([99.5, 99.5]))

    # Shares 1/4, 3/4 and 1/2, 1/2: 1/4 ln 2 - 1/4 ln(2/3) = 1/4 ln 3.
    assert found == pytest.approx(np.log(3) / 4)


def test_rows_are_counted_as_the_training_counted_its_own():
    values = {
        "tenure": np.append(RNG.normal(size=300), [np.nan] * 7).astype(np.float32),
        "plan": RNG.choice(["a", "b", "c", ""], size=300).astype(object),
    }

    for name, column in values.items():
        expected = same_bins(TRAINING.features[name], column)
        found = PROFILES.features[name].count(column)
        assert found.tolist() == [*expected.counts, expected.other, expected.missing]


def test_an_empty_bin_is_no_infinite_surprise():
    assert np.isfinite(stability_index(np.array([10.0, 0.0]), np.array([0.0, 10.0])))


def test_the_same_customers_drift_nowhere():
    drift = drift_of(2000)

    assert max(drift.indices().values()) < 0.02
    assert drift.score_index() < 0.02


def test_others_show_in_their_feature_alone():
    drift = drift_of(2000, shift=1.0)

    assert drift.indices()["tenure"] > 0.25
    assert drift.indices()["plan"] < 0.02
    assert drift_of(2000, share=0.6).indices()["plan"] > 0.25


def test_missing_values_and_new_categories_are_drift_too():
    drift = Drift(PROFILES, rows=1000)
    columns = {"tenure": np.full(1000, np.nan), "plan": np.full(1000, "new", object)}

    drift.add(columns, RNG.uniform(size=1000))

    assert min(drift.indices().values()) > 1


def test_a_few_rows_say_nothing():
    drift = drift_of(400)

    assert drift.indices() == {}
    assert drift.score_index() is None
    assert drift.n_rows == 400


def test_old_rows_are_forgotten():
    drift = drift_of(2000, shift=3.0)
    assert drift.indices()["tenure"] > 1

    for _ in range(20):
        columns = {"tenure": RNG.normal(size=100)}
        columns["plan"] = RNG.choice(["a", "b"], 100, p=[0.8, 0.2]).astype(object)
        drift.add(columns, RNG.uniform(size=100))

    assert drift.n_rows == 2000
    assert drift.indices()["tenure"] < 0.02
