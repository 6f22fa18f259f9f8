"""What a manifest is made of, apart from the model: the component's settings."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Object = dict[str, Any]
"""A part of a manifest, as JSON holds it."""


@dataclass(frozen=True)
class Recipe:
    """What of the component's settings goes into the manifests."""

    image: str
    namespace: str
    split: Literal["server", "mesh"]
    secret: str | None
    service_account: str | None
    image_pull_secret: str | None
    requests: Mapping[str, str]
    limits: Mapping[str, str]
    min_replicas: int
    max_replicas: int
    target_cpu_percent: int
    options: Mapping[str, str]
