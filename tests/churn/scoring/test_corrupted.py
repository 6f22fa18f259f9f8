"""A share of ``python -m tests.corrupted``, which damages 10,000 bundles."""

from pathlib import Path

import pytest

from tests import corrupted
from tests.corrupted import ACCEPTED, Child, tried
from tests.damages import DAMAGES, rebuilt, write
from tests.golden_rows import answers_as_promised

SEED = 20240101
N_CASES = 2 * len(DAMAGES)


@pytest.fixture(scope="module")
def child():
    process = Child()
    yield process
    process.close()


def test_no_damaged_bundle_is_served_that_answers_otherwise(
    tmp_path: Path, child: Child
) -> None:
    outcomes = [tried(SEED, number, tmp_path, child) for number in range(N_CASES)]

    assert not [outcome for outcome in outcomes if outcome.wrong]
    assert {(o.damage, o.is_rebuilt) for o in outcomes} == {
        (damage, is_rebuilt) for damage in DAMAGES for is_rebuilt in (True, False)
    }
    assert sum(outcome.result == ACCEPTED for outcome in outcomes) < N_CASES / 3


def test_the_second_opinion_sees_a_graph_that_answers_otherwise(
    tmp_path: Path,
) -> None:
    good = corrupted.original("xgboost")
    other = corrupted.original("random_forest")
    write(tmp_path / "0", rebuilt(good | {"model.onnx": other["model.onnx"]}))

    assert not answers_as_promised(tmp_path / "0")


def test_a_good_bundle_is_accepted(tmp_path: Path, child: Child) -> None:
    write(tmp_path / "good", rebuilt(dict(corrupted.original("xgboost"))))

    assert child.refusal(tmp_path / "good") is None
    assert answers_as_promised(tmp_path / "good")
