"""What a server is told to serve, as one record."""

from dataclasses import dataclass
from typing import Literal

Mode = Literal["live", "shadow", "canary"]


@dataclass(frozen=True)
class Served:
    """A version and the folder of its bundle, with what the bundle must hash to."""

    version: str
    bundle_uri: str
    bundle_sha256: str


@dataclass(frozen=True)
class Release:
    """The head of a model's ledger, as far as a server is concerned.

    ``mode`` and ``weight`` say how the challenger takes part: in ``shadow`` it
    answers nobody, in ``canary`` a share ``weight`` of all requests; ``live``: there
    is none. ``ledger_hash`` is the hash of event ``sequence``.
    """

    model: str
    sequence: int
    ledger_hash: str
    champion: Served | None
    challenger: Served | None
    mode: Mode
    weight: float
