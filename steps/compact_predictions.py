"""What servers answered and shipped, into the tables that monitoring reads."""

import os
from typing import Annotated

from zenml import step
from zenml.logger import get_logger

from registry.context import model_name
from storage.predictions.compact import compact
from storage.predictions.ship import PREDICTIONS_URL

logger = get_logger(__name__)


@step(enable_cache=False)
def compact_predictions() -> Annotated[dict[str, int], "compacted"]:
    """Take in every shipped line exactly once; a stack without the store has none."""
    url = os.environ.get(PREDICTIONS_URL)
    if not url:
        logger.info("%s is not set: no predictions are kept", PREDICTIONS_URL)
        return {}
    done = compact(url, model_name(), environ=os.environ)
    logger.info("%d segments taken in", done.n_segments)
    return {"segments": done.n_segments, **done.n_rows}
