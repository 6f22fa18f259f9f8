"""Read the source."""

import os
from datetime import UTC, datetime
from typing import Annotated

import polars as pl
from zenml import step
from zenml.logger import get_logger

from churn.tables import Load, Tables
from datasets.catalogue import load as load_dataset
from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.simulate import simulate
from storage.delta import tables_url
from storage.landing import land_tables
from storage.sources import Source, open_source, read_tables

logger = get_logger(__name__)


@step(enable_cache=False)
def load_tables(
    dataset: str, source: str | None, simulation: Simulation | None, load: Load
) -> tuple[Annotated[Tables, "raw_tables"], Annotated[pl.DataFrame, "oracle"]]:
    """Read the raw tables, and the true probabilities where a simulator knows them."""
    if simulation is not None and source is None:
        frames, oracle = simulate(simulation)
        origin = f"simulated, seed {simulation.seed}"
    elif source is None:
        # Only monitoring runs without: labels may come from elsewhere.
        frames, oracle, origin = {}, pl.DataFrame(), "no source"
    else:
        opened = open_source(source, environ=os.environ)
        frames, oracle = _read(opened, dataset, load), pl.DataFrame()
        origin = opened.description
    tables = Tables(frames, origin)
    n_rows = sum(len(frame) for frame in tables.frames.values())
    logger.info("%s rows in %d tables", f"{n_rows:,}", len(tables.frames))
    return tables, oracle


def _read(source: Source, dataset: str, load: Load) -> dict[str, pl.DataFrame]:
    declared = load_dataset(dataset).tables
    if load == "full":
        return read_tables(source, declared)
    folder = f"{tables_url(os.environ)}/landing/{dataset}"
    return land_tables(source, declared, folder, now=datetime.now(UTC))
