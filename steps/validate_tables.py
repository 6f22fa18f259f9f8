"""Hold the raw tables against their contracts."""

from typing import Annotated

import polars as pl
from zenml import step
from zenml.logger import get_logger

from churn.contracts import validate
from churn.tables import Tables, among, resolve_as_of
from datasets.catalogue import load

logger = get_logger(__name__)


@step
def validate_tables(
    dataset: str, raw_tables: Tables, as_of: str | None
) -> tuple[
    Annotated[Tables, "tables"],
    Annotated[pl.DataFrame, "quarantine"],
    Annotated[str, "as_of"],
]:
    """Part good rows from quarantined ones, and settle the moment we pretend it is."""
    declared = among(load(dataset).tables, raw_tables)
    checked = validate(declared, raw_tables.frames)
    moment = resolve_as_of(as_of, declared, checked.good)
    logger.info("%d rows quarantined, as of %s", len(checked.quarantined), moment)
    tables = Tables(checked.good, raw_tables.source)
    return tables, checked.quarantined, moment.isoformat()
