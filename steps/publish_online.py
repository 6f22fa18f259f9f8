"""Make the latest features readable one customer at a time."""

import os
from contextlib import closing
from typing import Annotated

import polars as pl
from zenml import step
from zenml.logger import get_logger

from storage.online.store import ONLINE_URL, open_online

logger = get_logger(__name__)


@step(enable_cache=False)
def publish_online(
    dataset: str, latest_features: pl.DataFrame
) -> Annotated[int, "n_published"]:
    """Publish each customer's row, unless a newer one is there."""
    url = os.environ.get(ONLINE_URL, "")
    with closing(open_online(url, dataset=dataset, environ=os.environ)) as store:
        published = store.publish(latest_features)
    logger.info(
        "%s rows online at %s, %d older than those there",
        f"{published.n_rows:,}",
        store.address,
        published.n_older,
    )
    return published.n_rows
