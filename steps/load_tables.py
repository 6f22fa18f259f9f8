"""Read the source."""

import os
from typing import Annotated

import polars as pl
from zenml import step
from zenml.logger import get_logger

from churn.tables import Tables
from datasets.catalogue import load
from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.simulate import simulate
from storage.sources import open_source, read_tables

logger = get_logger(__name__)


@step(enable_cache=False)
def load_tables(
    dataset: str, source: str | None, simulation: Simulation | None
) -> tuple[Annotated[Tables, "raw_tables"], Annotated[pl.DataFrame, "oracle"]]:
    """Read the raw tables, and the true probabilities where a simulator knows them."""
    if simulation is not None and source is None:
        frames, oracle = simulate(simulation)
        origin = f"simulated, seed {simulation.seed}"
    else:
        opened = open_source(str(source), environ=os.environ)
        frames, oracle = read_tables(opened, load(dataset).tables), pl.DataFrame()
        origin = opened.description
    tables = Tables(frames, origin)
    n_rows = sum(len(frame) for frame in tables.frames.values())
    logger.info("%s rows in %d tables", f"{n_rows:,}", len(tables.frames))
    return tables, oracle
