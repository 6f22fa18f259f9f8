from pathlib import Path

import pytest

from churn.scoring.decision import Economics, expected_net_value
from serving.active import Active, Version
from serving.pulse import Pulse
from serving.shadow import Shadow
from serving.worker import load
from storage.predictions.record import Prediction
from tests.serving.small_bundles import TRAP, expected, small_bundle


def logged(tenure: float, place: int = 0, **more) -> Prediction:
    return Prediction(
        **{
            "request_id": f"r{place}",
            "row": place,
            "at_us": 1,
            "customer": "c1",
            "values": {"tenure": tenure},
            "customer_value": 840.0,
            "probability": 0.25,
            "is_contacted": True,
            "version": "1.0",
            "sequence": 3,
            "arm": "champion",
            "latency_us": 100,
            **more,
        }
    )


def shadow_of(tmp_path: Path, trap=None) -> Shadow:
    named = small_bundle(tmp_path / "two", 2.0, trap=trap)
    challenger = Version(named.version, named.bundle_sha256, named.bundle_uri)
    active = Active(
        model="m",
        revision=1,
        sequence=3,
        ledger_hash="h",
        champion=Version("1.0", "a" * 64, ""),
        challenger=challenger,
        mode="shadow",
        weight=0.0,
        canary=0,
        accepted_at=0.0,
    )
    loaded = load(challenger, trusted=None)
    return Shadow(active, loaded, Pulse(tmp_path / "pulse"))


def test_each_row_of_the_champion_gets_the_challengers_answer(tmp_path: Path):
    tenures = [-2.0, 0.7, 1.9]

    found = shadow_of(tmp_path).scores([logged(t, n) for n, t in enumerate(tenures)])

    assert [one.probability for one in found] == pytest.approx(expected(2.0, tenures))
    economics = Economics(offer_eur=60.0, contact_eur=5.0, acceptance_rate=0.3)
    gained = expected_net_value(expected(2.0, tenures), 840.0, economics)
    assert [one.is_contacted for one in found] == (gained > 0).tolist()
    assert [(one.request_id, one.row) for one in found] == [
        ("r0", 0),
        ("r1", 1),
        ("r2", 2),
    ]
    assert {(o.version, o.champion_version, o.sequence) for o in found} == {
        ("2.0", "1.0", 3)
    }
    assert {(o.champion_probability, o.champion_contacted) for o in found} == {
        (0.25, True)
    }


def test_rows_that_another_version_answered_are_left_out(tmp_path: Path):
    rows = [logged(0.7, 0, version="2.0"), logged(0.7, 1, version="0.5")]

    assert shadow_of(tmp_path).scores(rows) == []


def test_a_row_that_it_fails_on_spoils_no_other(tmp_path: Path):
    tenures = [0.7, 1.9, TRAP + 1, -2.0, 0.1]

    found = shadow_of(tmp_path, "raise").scores(
        [logged(t, n) for n, t in enumerate(tenures)]
    )

    assert [one.failed is None for one in found] == [True, True, False, True, True]
    assert found[2].probability is None
    assert "out of data bounds" in found[2].failed
    kept = [one.probability for one in found if one.failed is None]
    assert kept == pytest.approx(expected(2.0, [0.7, 1.9, -2.0, 0.1]))


def test_a_feature_that_only_the_champion_takes_is_left_out(tmp_path: Path):
    row = logged(0.7, values={"tenure": 0.7, "plan": "pro"})

    (found,) = shadow_of(tmp_path).scores([row])

    assert found.probability == pytest.approx(expected(2.0, 0.7))


def test_while_the_challenger_runs_its_name_is_told(tmp_path: Path):
    shadow = shadow_of(tmp_path)
    pulse = Pulse(tmp_path / "pulse")
    seen = []
    scored = shadow._scored
    shadow._scored = lambda asked: seen.append(pulse.challenger) or scored(asked)

    shadow.scores([logged(0.7)])

    assert len(seen[0]) == 64
    assert pulse.challenger == ""
