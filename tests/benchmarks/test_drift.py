from benchmarks.drift import MOVED, compared, reference, rows
from churn.monitoring.drift import SCORE


def test_what_is_timed_finds_what_moved_and_nothing_else() -> None:
    before, now = (rows(5_000, seed=k, moved=k) for k in (0, 1))

    drifts = compared(now, reference(before), [f"c{k}" for k in range(5_000)])

    assert len(drifts) == 51
    assert drifts[-1].name == SCORE
    far = {
        d.name
        for d in drifts
        if d.distances
        and d.distances.psi_corrected > 3 * d.distances.psi_standard_error
    }
    assert far == {f"number_{k}" for k in range(MOVED)}
