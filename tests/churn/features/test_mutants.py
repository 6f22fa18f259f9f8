import pytest

from tests.churn.features.mutants import Mutant, imported_afresh, mutants, run

MUTANTS = mutants()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_bug_put_in_on_purpose_is_seen_by_the_test_named(mutant: Mutant, tmp_path):
    with imported_afresh(mutant.source()), pytest.raises(AssertionError):
        run(mutant.killer, tmp_path)


def test_without_a_bug_all_of_these_tests_pass(tmp_path):
    killers = sorted({mutant.killer for mutant in MUTANTS})

    with imported_afresh({}):
        for number, killer in enumerate(killers):
            run(killer, tmp_path / str(number))

    assert len(killers) >= 15


def test_no_bug_is_listed_twice():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
