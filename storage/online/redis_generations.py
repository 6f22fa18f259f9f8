"""How the online features of a data set lie in a Redis.

Below ``holdfast:online:{DATASET}:``

- ``rows:N`` is generation N: a hash of all customers' rows;
- ``sets`` lists which generation holds which features, newest first;
- ``head`` is the generation that came last: readers compare it, it is short;
- ``staging`` is the generation being written, ``counter`` the last number given.
"""

from dataclasses import dataclass

import msgspec

from storage.online.rows import FeatureSet

COMPLETE = b"\xff"
"""A field of every generation. No text is encoded so, hence no customer."""


class Generation(msgspec.Struct, frozen=True, array_like=True):
    """Rows of the same features, as one batch after another left them."""

    number: int
    features: FeatureSet


@dataclass(frozen=True)
class Keys:
    """Names of the keys; the braces keep them on one node of a cluster."""

    dataset: str

    def rows(self, number: int) -> str:
        """The hash of a generation."""
        return self._named(f"rows:{number}")

    @property
    def sets(self) -> str:
        """The list of generations."""
        return self._named("sets")

    @property
    def head(self) -> str:
        """The number of the newest generation."""
        return self._named("head")

    @property
    def staging(self) -> str:
        """The number of the generation being written."""
        return self._named("staging")

    @property
    def counter(self) -> str:
        """The last number given to a generation."""
        return self._named("counter")

    def _named(self, part: str) -> str:
        return f"holdfast:online:{{{self.dataset}}}:{part}"


def generations(stored: bytes | None) -> tuple[Generation, ...]:
    """What ``sets`` holds; of nothing there is none."""
    if stored is None:
        return ()
    return msgspec.msgpack.decode(stored, type=tuple[Generation, ...])
