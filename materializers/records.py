"""The core's plain records as JSON."""

from typing import Any, ClassVar

import msgspec
from zenml.enums import ArtifactType

from churn.backfill import Backfill
from churn.batch.listed import Listed
from churn.batch.record import CurrentRows, Scored
from churn.batch.target_list import Exported
from churn.evaluation.observations import Observations
from churn.evaluation.scorecard import LeakReport, Scorecard
from churn.gates.decision import Decision
from churn.model.search import SearchResult
from churn.monitoring.following import Labelling, Looked
from churn.monitoring.health import Health
from churn.retraining.decision import RetrainingDecision
from churn.rollout.decision import RolloutDecision
from materializers.folder import FolderMaterializer
from registry.alarming import Alerted
from registry.champion import Champion
from registry.confirming import Confirmation
from registry.registration import Registration
from registry.rolling import Advance

FILE = "record.json"


class RecordMaterializer(FolderMaterializer):
    """A frozen dataclass of plain values."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (
        Advance,
        Alerted,
        Backfill,
        Champion,
        Confirmation,
        CurrentRows,
        Decision,
        Exported,
        Health,
        Labelling,
        LeakReport,
        Listed,
        Looked,
        Observations,
        Registration,
        RetrainingDecision,
        RolloutDecision,
        Scorecard,
        Scored,
        SearchResult,
    )
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA_ANALYSIS

    def to_files(self, data: Any) -> dict[str, bytes]:
        """One JSON file."""
        return {FILE: msgspec.json.encode(data)}

    def from_files(self, files: dict[str, bytes], data_type: type[Any]) -> Any:
        """Its record; a field of another type is refused."""
        return msgspec.json.decode(files[FILE], type=data_type)
