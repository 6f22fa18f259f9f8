"""What real Feast answers; runs in Feast's own environment, in the folder given.

It finds there ``repository``, as exported, ``spine.parquet``, the customers and times
to ask for, ``later.parquet``, rows that reach the source afterwards, and
``moments.json``, the instants up to which to materialize; it leaves its answers.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from feast import FeatureStore

VIEW = "customer_features"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
ONE_DAY = timedelta(days=1)


def main(folder: Path) -> None:
    # Not at the top, for whoever looks through the tests without Feast.
    from feast import FeatureStore
    from feast.cli.cli import cli

    repository = folder / "repository"
    cli(["--chdir", str(repository), "apply"], standalone_mode=False)
    store = FeatureStore(repo_path=str(repository))
    spine = pd.read_parquet(folder / "spine.parquet")
    first, last = map(
        datetime.fromisoformat, json.loads((folder / "moments.json").read_text())
    )
    answers = {"offline": historical(store, spine)}
    for name, moment in {"online": last, "online_again": first}.items():
        store.materialize(LONG_AGO, moment, feature_views=[VIEW])
        answers[name] = online(store, spine, references(store, VIEW))
    answers["one_day"] = of_one_day(store, spine, last)
    data = repository / "data" / "features.parquet"
    later = pq.read_table(folder / "later.parquet")
    pq.write_table(pa.concat_tables([pq.read_table(data), later]), data)
    answers["backfilled"] = historical(store, spine)
    answers["as_known"] = historical(store, spine, filter_by_created_timestamp=True)
    for name, answer in answers.items():
        pq.write_table(answer, folder / f"{name}.parquet")


def references(store: FeatureStore, view: str) -> list[str]:
    return [f"{view}:{field.name}" for field in store.get_feature_view(view).features]


def historical(store: FeatureStore, spine: pd.DataFrame, **more: bool) -> pa.Table:
    asked = references(store, VIEW)
    return store.get_historical_features(spine, asked, **more).to_arrow()


def online(store: FeatureStore, spine: pd.DataFrame, asked: list[str]) -> pa.Table:
    customers = sorted(set(spine["customer_id"]))
    keys = [{"customer_id": customer} for customer in customers]
    return pa.table(store.get_online_features(asked, keys).to_dict())


def of_one_day(store: FeatureStore, spine: pd.DataFrame, last: datetime) -> pa.Table:
    """The same rows, had the view a time to live."""
    from feast import FeatureView

    whole = store.get_feature_view(VIEW)
    view = FeatureView(
        name="one_day",
        entities=[store.get_entity("customer")],
        ttl=ONE_DAY,
        source=whole.batch_source,
        schema=whole.features,
    )
    store.apply([view])
    store.materialize(LONG_AGO, last, feature_views=["one_day"])
    return online(store, spine, references(store, "one_day"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
