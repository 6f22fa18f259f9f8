"""Importing this module tells ZenML about every materializer of ours."""

from materializers.bundle import BundleMaterializer
from materializers.evidence import EvidenceMaterializer
from materializers.frames import (
    FrameMaterializer,
    SplitMaterializer,
    TablesMaterializer,
)
from materializers.records import RecordMaterializer
from materializers.rollout import RolloutEvidenceMaterializer

__all__ = [
    "BundleMaterializer",
    "EvidenceMaterializer",
    "FrameMaterializer",
    "RecordMaterializer",
    "RolloutEvidenceMaterializer",
    "SplitMaterializer",
    "TablesMaterializer",
]
