import pytest

from churn.model.plan import check_params
from churn.model.spaces import KINDS, space


@pytest.mark.parametrize("kind", KINDS)
def test_every_start_sets_every_knob_within_what_is_searched(kind: str) -> None:
    knobs = space(kind).knobs

    for start in space(kind).starts:
        check_params(kind, start)
        assert start.keys() == knobs.keys()
        assert all(knobs[k].low <= v <= knobs[k].high for k, v in start.items())
