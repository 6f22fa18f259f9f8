"""The damage of a release that breaks in the moment it goes live."""

import time
from dataclasses import dataclass

from churn.scoring.manifest import GRAPH
from cli.demo.breaking import damaged
from registry.event import Event, Lineage
from tests.cli.demo.test_closing import BEGUN


@dataclass
class Place:
    """A history that grows."""

    told: tuple[Event, ...] = ()

    def events(self):
        """What happened so far."""
        return self.told


def live(version, folder):
    return Event(
        model="m",
        sequence=1,
        kind="promoted",
        version=version,
        version_id=version,
        at=BEGUN,
        actor="ada",
        reason="because",
        lineage=Lineage(bundle_uri=str(folder)),
        evidence={},
    )


def test_one_byte_is_turned_over_as_soon_as_the_version_is_live(tmp_path):
    (tmp_path / GRAPH).write_bytes(bytes(100))
    place = Place((live("1", tmp_path / "other"),))

    with damaged(place, "2") as damage:
        time.sleep(0.25)
        before = (tmp_path / GRAPH).read_bytes()
        place.told = (*place.told, live("2", tmp_path))
        until = time.monotonic() + 5
        while damage.path is None and time.monotonic() < until:
            time.sleep(0.01)

    assert before == bytes(100)
    found = (tmp_path / GRAPH).read_bytes()
    assert [at for at, byte in enumerate(found) if byte] == [50]


def test_a_version_that_never_goes_live_is_left_whole(tmp_path):
    (tmp_path / GRAPH).write_bytes(bytes(100))

    with damaged(Place((live("1", tmp_path),)), "2") as damage:
        pass

    assert damage.path is None
    assert (tmp_path / GRAPH).read_bytes() == bytes(100)
