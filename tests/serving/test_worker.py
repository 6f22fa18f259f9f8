import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churn.errors import BundleError
from churn.scoring.release import Served as Named
from serving.acceptance import Acceptance
from serving.active import StateFolder, Version, read_workers
from serving.arms import ArmCounter
from serving.worker import Model, Served, load, share_of
from tests.serving.small_bundles import expected, release_of, small_bundle


@pytest.fixture
def acceptance(state) -> Acceptance:
    return Acceptance(state)


@pytest.fixture
def model(state) -> Model:
    return Model(state)


def local(named: Named) -> Version:
    return Version(named.version, named.bundle_sha256, named.bundle_uri)


def accept(acceptance: Acceptance, one: Named, two: Named | None, **release) -> None:
    wanted = release_of(one, two, **release)
    assert acceptance.accept(wanted, local(one), two and local(two))


@pytest.fixture
def one(tmp_path: Path) -> Named:
    return small_bundle(tmp_path / "one", 1.0)


@pytest.fixture
def two(tmp_path: Path) -> Named:
    return small_bundle(tmp_path / "two", 2.0)


def answer(served: Served, tenure: float) -> float:
    columns, _ = served.champion.inputs.columns([{"tenure": tenure}])
    return float(served.champion.bundle.predict(columns)[0])


def test_it_serves_nothing_until_a_release_is_accepted(model, acceptance, one):
    model.look()
    assert model.current is None

    accept(acceptance, one, None, sequence=3)
    model.look()

    assert model.current.sequence == 3
    assert answer(model.current, 0.75) == pytest.approx(expected(1.0, 0.75), abs=1e-9)


def test_a_request_keeps_what_it_took_while_the_next_one_gets_the_new(
    model, acceptance, one, two
):
    accept(acceptance, one, None, sequence=3)
    model.look()
    taken = model.current

    accept(acceptance, two, None, sequence=4)
    model.look()

    assert answer(taken, 0.75) == pytest.approx(expected(1.0, 0.75), abs=1e-9)
    assert answer(model.current, 0.75) == pytest.approx(expected(2.0, 0.75), abs=1e-9)


def test_what_is_loaded_is_not_loaded_again(model, acceptance, one, two):
    accept(acceptance, one, two, sequence=3)
    model.look()
    before = model.current

    accept(acceptance, two, None, sequence=4)
    model.look()

    assert model.current.champion.bundle is before.challenger.bundle
    assert model.current.champion.version == "2.0"


def test_the_same_bundle_answers_under_the_name_it_was_released_by(
    model, acceptance, one
):
    accept(acceptance, one, None, sequence=3)
    model.look()

    accept(acceptance, replace(one, version="9"), None, sequence=4)
    model.look()

    assert model.current.champion.version == "9"


def test_every_switch_is_acknowledged(model, acceptance, state, one, two):
    accept(acceptance, one, two, sequence=3)
    model.look()

    (worker,) = read_workers(state)

    assert (worker.revision, worker.sequence, worker.error) == (1, 3, None)
    assert (worker.champion, worker.challenger) == ("1.0", "2.0")


def test_what_cannot_be_loaded_is_told_and_what_is_served_goes_on(
    model, acceptance, state, one, two, monkeypatch
):
    monkeypatch.setattr("serving.worker.RETRY_SECONDS", 0.0)
    accept(acceptance, one, None, sequence=3)
    model.look()
    graph = Path(two.bundle_uri) / "model.onnx"
    content = graph.read_bytes()
    graph.write_bytes(b"")
    accept(acceptance, two, None, sequence=4)

    model.look()
    assert model.current.sequence == 3
    assert "model.onnx" in read_workers(state)[0].error

    graph.write_bytes(content)
    model.look()
    assert model.current.sequence == 4
    assert read_workers(state)[0].error is None


def test_another_bundle_than_the_accepted_one_is_refused(one):
    with pytest.raises(BundleError, match="expected the bundle ffff"):
        load(Version("1", "f" * 64, one.bundle_uri), trusted=None)


def canary(weight: float, state: StateFolder, one, two) -> Served:
    found = [load(local(named), trusted=None) for named in (one, two)]
    return Served(
        model="m",
        revision=1,
        sequence=1,
        champion=found[0],
        challenger=found[1],
        mode="canary",
        weight=weight,
        arms=ArmCounter(state.arms, canary=1),
    )


def test_arms_are_drawn_evenly_and_for_ever(state, one, two):
    customers = [f"customer {n}" for n in range(20_000)]
    small, large = (canary(weight, state, one, two) for weight in (0.1, 0.4))

    first, second = (
        {c for c in customers if served.arm_of(c) == "challenger"}
        for served in (small, large)
    )

    assert first < second
    # Four standard errors of a share of 20,000.
    assert abs(len(first) / 20_000 - 0.1) < 4 * np.sqrt(0.1 * 0.9 / 20_000)
    assert abs(len(second) / 20_000 - 0.4) < 4 * np.sqrt(0.4 * 0.6 / 20_000)


def test_nobody_and_everybody_are_exact(state, one, two):
    for weight, arm in ((0.0, "champion"), (1.0, "challenger")):
        served = canary(weight, state, one, two)
        assert {served.arm_of(f"c{n}") for n in range(500)} == {arm}


@given(st.text(), st.text())
def test_a_customers_share_is_the_hash_of_version_and_name(customer: str, version: str):
    customer, version = (
        text.encode("utf-8", "ignore").decode() for text in (customer, version)
    )
    digest = hashlib.sha256((version + "\n" + customer).encode()).hexdigest()

    assert share_of(customer, version) == int(digest[:16], 16) / 2**64
