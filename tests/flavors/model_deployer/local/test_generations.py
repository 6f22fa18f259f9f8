import os

import msgspec
import pytest

from churn.deployment import DeploymentError
from flavors.model_deployer.local.places import Place
from flavors.model_deployer.local.processes import identity
from tests.model_servers import PLAN, written


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_what_no_deployment_wrote_is_refused_by_name(place):
    one = written(place, "ready")
    (one.path / "record.json").write_text('{"condition": "happy"}')

    with pytest.raises(DeploymentError, match=r"record\.json: expected"):
        place.current()


def test_a_plan_and_a_record_are_read_as_they_were_written(place):
    one = written(place, "ready", keeper=identity(os.getpid()))

    assert one.plan == PLAN
    assert one.record.keeper == identity(os.getpid())
    assert msgspec.structs.replace(one.record, reason="x") != one.record


def test_stopping_what_died_with_its_keeper_says_that_it_ended(place):
    one = written(place, "ready")

    one.stop(within_seconds=0.1)

    assert one.record.condition == "ended"
    assert place.current() is None
