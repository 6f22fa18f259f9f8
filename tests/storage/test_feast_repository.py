"""The exported repository, and that real Feast gives our values out of it."""

import ast
import dataclasses
import json
import os
import subprocess
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from churn.dataset import Dataset
from churn.eligibility import feature_rows
from churn.errors import ConfigError, DataError
from churn.features.build import EXPIRES_AT, build_features
from churn.features.declarations import Attribute, Column
from churn.features.latest import expiry
from churn.snapshots import midnight
from datasets.subscriptions.definition import DATASET
from datasets.subscriptions.plan import Simulation
from datasets.subscriptions.simulate import simulate
from storage.feast_repository import export_repository
from storage.online.store import open_online
from tests.storage.online.feature_rows import bits

CHECKOUT = Path(__file__).resolve().parents[2]
FEAST_PYTHON = CHECKOUT / ".venv-feast" / "bin" / "python"

FILES = ["data", "data/features.parquet", "definitions.py", "feature_store.yaml"]
MEANING = 'It\'s """text""" {{ of }} a \\ kind.\n\U0001f600'
SHOP = Dataset(
    name="shop",
    kind="events",
    tables={},
    features=(
        Column(name="logins", unit="events", meaning=MEANING, column="logins"),
        Column(
            name="plan", unit="text", meaning="Plan.", kind="category", column="plan"
        ),
        Column(name="share", unit="share", meaning="s", column="share", in_model=False),
    ),
    customer_value="logins",
)
JANUARY, MARCH = date(2024, 1, 31), date(2024, 3, 1)
SCHEMA = {
    "customer_id": pl.String,
    "snapshot_date": pl.Date,
    "logins": pl.Int64,
    "plan": pl.String,
    "share": pl.Float64,
    "plan__expires_at": pl.Datetime("us", "UTC"),
}
EXPIRES = midnight(MARCH) + timedelta(microseconds=1)
MARCH_US = 1_709_251_200_000_000


def rows(*given):
    return pl.DataFrame(list(given), schema=SCHEMA, orient="row")


ROWS = rows(
    ("b", MARCH, None, None, 0.5, None),
    ("b", JANUARY, 3, "pro", 0.25, EXPIRES),
    ("a", MARCH, 1, "pro", None, EXPIRES),
)


def contents(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def declarations(folder):
    """What is called in the definitions, with its plain arguments."""
    tree = ast.parse((folder / "definitions.py").read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        (
            ast.unparse(call.func),
            {
                word.arg: word.value.id
                if isinstance(word.value, ast.Name)
                else ast.literal_eval(word.value)
                for word in call.keywords
                if isinstance(word.value, ast.Constant | ast.Dict | ast.Name)
            },
        )
        for call in calls
    ]


def test_a_repository_holds_settings_definitions_and_rows(tmp_path):
    export_repository(SHOP, ROWS, tmp_path / "new" / "shop")

    written = (tmp_path / "new" / "shop").rglob("*")
    assert sorted(str(p.relative_to(tmp_path / "new" / "shop")) for p in written) == (
        FILES
    )
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["shop"]


def test_both_times_of_a_row_are_midnight_of_its_snapshot(tmp_path):
    export_repository(SHOP, ROWS, tmp_path / "shop")

    exported = pl.read_parquet(tmp_path / "shop" / "data" / "features.parquet")
    january, march = midnight(JANUARY), midnight(MARCH)
    assert exported.columns == [
        *("customer_id", "event_time", "known_at"),
        *("logins", "plan", "share", "plan__expires_us"),
    ]
    assert exported.rows() == [
        ("b", january, january, 3, "pro", 0.25, MARCH_US + 1),
        ("a", march, march, 1, "pro", None, MARCH_US + 1),
        ("b", march, march, None, None, 0.5, None),
    ]


def test_each_feature_is_declared_with_type_unit_kind_and_meaning(tmp_path):
    export_repository(SHOP, ROWS, tmp_path / "shop")

    fields = [
        words for name, words in declarations(tmp_path / "shop") if name == "Field"
    ]
    assert fields[:3] == [
        {
            "name": "logins",
            "dtype": "Int64",
            "description": MEANING,
            "tags": {"unit": "events", "kind": "number"},
        },
        {
            "name": "plan",
            "dtype": "String",
            "description": "Plan.",
            "tags": {"unit": "text", "kind": "category"},
        },
        {
            "name": "share",
            "dtype": "Float64",
            "description": "s",
            "tags": {"unit": "share", "kind": "number"},
        },
    ]
    assert [(words["name"], words["dtype"]) for words in fields[3:]] == [
        ("plan__expires_us", "Int64")
    ]


def test_the_service_for_models_leaves_out_what_models_may_not_use(tmp_path):
    export_repository(SHOP, ROWS, tmp_path / "shop")

    text = (tmp_path / "shop" / "definitions.py").read_text(encoding="utf-8")
    service = text[text.index("model = FeatureService") :]
    assert [name for name in ("logins", "plan", "share") if repr(name) in service] == [
        "logins",
        "plan",
    ]


def test_the_same_rows_give_the_same_bytes_in_whatever_order(tmp_path):
    export_repository(SHOP, ROWS, tmp_path / "shop")
    export_repository(SHOP, ROWS.reverse(), tmp_path / "again")

    assert contents(tmp_path / "shop") == contents(tmp_path / "again")


def test_a_new_export_replaces_the_old_and_keeps_what_is_feast_s(tmp_path):
    shop = tmp_path / "shop"
    export_repository(SHOP, ROWS.head(1), shop)
    (shop / "data" / "registry.db").write_bytes(b"applied")

    export_repository(SHOP, ROWS, shop)

    export_repository(SHOP, ROWS, tmp_path / "fresh")
    kept = {"data/registry.db": b"applied"}
    assert contents(shop) == contents(tmp_path / "fresh") | kept


def test_an_empty_folder_is_filled(tmp_path):
    export_repository(SHOP, ROWS, tmp_path)

    assert sorted(contents(tmp_path)) == FILES[1:]


@pytest.mark.parametrize("name", ["notes.txt", "feature_store.yaml"])
def test_a_folder_of_something_else_is_left_alone(tmp_path, name):
    (tmp_path / name).write_text("project: theirs\n")

    with pytest.raises(ConfigError, match="is no feature repository of Holdfast"):
        export_repository(SHOP, ROWS, tmp_path)

    assert contents(tmp_path) == {name: b"project: theirs\n"}


def test_a_file_is_left_alone(tmp_path):
    (tmp_path / "shop").write_text("mine")

    with pytest.raises(ConfigError, match="is no feature repository of Holdfast"):
        export_repository(SHOP, ROWS, tmp_path / "shop")


def test_where_no_folder_can_be_made_one_line_says_so(tmp_path):
    (tmp_path / "file").write_text("mine")

    with pytest.raises(ConfigError, match="file/shop cannot be written: File exists"):
        export_repository(SHOP, ROWS, tmp_path / "file" / "shop")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (ROWS.head(0), "expected at least one, found none"),
        (ROWS.drop("logins"), "there is no column logins"),
        (ROWS.rename({"logins": "login"}), "no column logins; nearest is login"),
        (ROWS.with_columns(other=1), "found column other as Int32"),
        (ROWS.with_columns(pl.col("logins") > 1), "found column logins as Boolean"),
        (ROWS.with_columns(customer_id=1), "found column customer_id as Int32"),
        (ROWS.with_columns(plan__expires_at=1.0), "plan__expires_at as Float64"),
        (pl.concat([ROWS, ROWS.head(1)]), "found 1 more; drop the duplicates"),
        (
            ROWS.with_columns(customer_id=pl.lit(None, pl.String)),
            "lacks its customer or date",
        ),
    ],
)
def test_rows_that_are_not_of_the_features_are_refused(tmp_path, wrong, message):
    with pytest.raises(DataError, match=message):
        export_repository(SHOP, wrong, tmp_path / "shop")

    assert list(tmp_path.iterdir()) == []


# From here on real Feast, in an environment of its own.

DATES = [date(2024, 1, 31), date(2024, 3, 1), date(2024, 3, 31)]
FIRST, LAST = DATES[0], DATES[-1]
BETWEEN = FIRST + timedelta(days=10)
BEFORE = FIRST - timedelta(days=10)
NOBODY = "nobody"

TTL_DAYS = {"plan": 40, "monthly_price_cents": 90}
SUBSCRIPTIONS = dataclasses.replace(
    DATASET,
    features=tuple(
        dataclasses.replace(f, ttl_days=TTL_DAYS[f.name])
        if isinstance(f, Attribute) and f.name in TTL_DAYS
        else f
        for f in DATASET.features
    ),
)
NAMES = [feature.name for feature in SUBSCRIPTIONS.features]


@dataclasses.dataclass(frozen=True)
class Sample:
    """A simulated business: its tables, its rows, and who is asked for when."""

    frames: dict[str, pl.DataFrame]
    rows: pl.DataFrame

    def spine(self):
        first = self.rows.filter(snapshot_date=FIRST).select("customer_id")
        nobody = pl.DataFrame({"customer_id": [NOBODY]})
        asked = [first.with_columns(snapshot_date=d) for d in (BETWEEN, BEFORE, LAST)]
        asked += [nobody.with_columns(snapshot_date=FIRST)]
        keys = self.rows.select("customer_id", "snapshot_date")
        # Whoever is a customer on both the first and the last date comes twice.
        return pl.concat([keys, *asked])

    def built(self, spine):
        features, tables = SUBSCRIPTIONS.features, SUBSCRIPTIONS.tables
        return build_features(features, tables, self.frames, spine)


@pytest.fixture(scope="module")
def sample():
    plan = Simulation(
        seed=7, n_customers=150, n_days=120, start=date(2024, 1, 1), shock_date=None
    )
    frames = simulate(plan)[0]
    return Sample(frames, feature_rows(SUBSCRIPTIONS, frames, DATES))


@pytest.fixture(scope="module")
def feast(sample, tmp_path_factory):
    """All that Feast answered, by the name of the question."""
    if not FEAST_PYTHON.exists():
        pytest.skip("no .venv-feast made from requirements/feast.txt")
    folder = tmp_path_factory.mktemp("feast")
    export_repository(SUBSCRIPTIONS, sample.rows, folder / "repository")
    at = pl.col("snapshot_date").cast(pl.Datetime("us", "UTC"))
    spine = sample.spine().select("customer_id", at.alias("event_timestamp"))
    spine.write_parquet(folder / "spine.parquet")
    exported = pl.read_parquet(folder / "repository" / "data" / "features.parquet")
    known_later = pl.col("known_at").dt.offset_by("5d")
    later = exported.filter(event_time=midnight(FIRST))
    later = later.with_columns(known_later, sessions_30d=pl.lit(-1, pl.Int64))
    later.write_parquet(folder / "later.parquet")
    moments = [midnight(day).isoformat() for day in (FIRST, LAST)]
    (folder / "moments.json").write_text(json.dumps(moments))
    session(folder)
    return lambda name: pl.read_parquet(folder / f"{name}.parquet")


def session(folder):
    script = Path(__file__).with_name("feast_session.py")
    done = subprocess.run(
        [FEAST_PYTHON, script, folder],
        env=os.environ | {"HOME": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def as_feast_says(rows):
    """Our rows with expiries as integers."""
    names = [name for name in rows.columns if name.endswith(EXPIRES_AT)]
    instants = [pl.col(name).dt.epoch("us") for name in names]
    return rows.with_columns(instants).rename(
        {name: expiry(name.removesuffix(EXPIRES_AT)) for name in names}
    )


def keyed(frame):
    """Each row's values to the bit, by customer and date."""
    return {
        (row.pop("customer_id"), row.pop("snapshot_date")): as_bits(row)
        for row in frame.to_dicts()
    }


def as_bits(row):
    return {name: bits(value) for name, value in row.items()}


def dated(answer):
    """Feast's rows in our words."""
    date_of = pl.col("event_timestamp").dt.date().alias("snapshot_date")
    return answer.with_columns(date_of).drop("event_timestamp")


def served(answer):
    """What Feast serves of each customer."""
    return {row.pop("customer_id"): as_bits(row) for row in answer.to_dicts()}


def of_each(rows):
    return {customer: row for (customer, _), row in keyed(rows).items()}


def of(day, keyed_rows):
    return {customer: row for (customer, d), row in keyed_rows.items() if d == day}


def latest(rows):
    return rows.sort("snapshot_date").unique("customer_id", keep="last")


def read_online(sample, path, customers, at):
    """From our own online store, after the same batches in the same order."""
    address = f"sqlite:///{path}"
    with closing(open_online(address, dataset="subscriptions", environ={})) as store:
        for batch in (latest(sample.rows), sample.rows.filter(snapshot_date=FIRST)):
            store.publish(batch)
        return dict(zip(customers, store.read(customers, at=at), strict=True))


@pytest.mark.server
def test_feast_gives_our_values_and_differs_only_where_named(sample, feast, tmp_path):
    spine, stored = sample.spine(), as_feast_says(sample.rows)
    table, ours = keyed(stored), keyed(as_feast_says(sample.built(spine)))
    answer = dated(feast("offline"))
    offline, online = keyed(answer), served(feast("online"))

    # Offline: a row for each asked for, in order; every value of every snapshot.
    assert answer.select("customer_id", "snapshot_date").rows() == spine.rows()
    assert answer.drop("customer_id", "snapshot_date").schema == stored[:, 2:].schema
    assert {key: offline[key] for key in table} == table
    assert {key: ours[key] for key in table} == table
    # Online: every value of every customer's last row, and nothing of nobody.
    assert online.pop(NOBODY) == dict.fromkeys(stored.columns[2:])
    assert online == of_each(latest(stored))
    fresh = read_online(sample, tmp_path / "online.db", online, midnight(LAST))
    for customer, row in fresh.items():
        values = {name: online[customer][name] for name in NAMES}
        assert as_bits(row.values) == values | dict.fromkeys(row.reasons)

    first = of(FIRST, table)
    # Between snapshots Feast repeats the last one; we compute anew.
    assert of(BETWEEN, offline) == first
    assert all(of(BETWEEN, ours)[customer] != first[customer] for customer in first)
    # Of who is no customer any more Feast has the last row; the table has none.
    gone = [customer for customer in first if (customer, LAST) not in table]
    assert gone
    assert all(offline[customer, LAST] == online[customer] for customer in gone)
    # Of who has no snapshot yet, or never will, Feast knows nothing; we count events.
    unknown = [key for key in offline if key[1] == BEFORE or key[0] == NOBODY]
    assert len(unknown) == len(first) + 1
    assert all(set(offline[key].values()) == {None} for key in unknown)
    assert all(ours[key]["sessions_30d"] is not None for key in unknown)
    # What became known later counts from its event on, unless one asks otherwise.
    backfilled = keyed(dated(feast("backfilled")))
    assert {row["sessions_30d"] for row in of(FIRST, backfilled).values()} == {-1, None}
    as_known = keyed(dated(feast("as_known")))
    assert of(FIRST, as_known) == of(FIRST, offline)
    # A value that grew too old is served, even by a view with a time to live.
    now = midnight(LAST) + timedelta(days=max(TTL_DAYS.values()))
    old = read_online(sample, tmp_path / "online.db", online, now)
    assert all({"plan", "monthly_price_cents"} <= {*r.reasons} for r in old.values())
    assert any(online[customer]["plan"] is not None for customer in old)
    assert served(feast("one_day")) == served(feast("online"))
    # A batch older than what is served replaces it; ours stayed the newer.
    assert online | first != online
    assert served(feast("online_again")).items() >= (online | first).items()
