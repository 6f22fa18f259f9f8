"""The list as a file: what a spreadsheet and a program make of it."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest

from storage.exports import EXPORTS_URL, as_csv, export_csv
from storage.objects import ObjectError, open_objects
from tests.storage.s3_server import BUCKET
from tests.storage.target_rows import DAY, REASON, targets


def test_a_list_is_a_file_of_its_date(tmp_path):
    environ = {EXPORTS_URL: str(tmp_path)}

    where = export_csv("shop", DAY, targets("a", "b"), environ=environ)

    assert where == f"{tmp_path}/targets/shop/2026-03-01.csv"
    with Path(where).open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert first == {
        "customer_id": "a",
        "snapshot_date": "2026-03-01",
        "rank": "1",
        "probability": "0.5",
        "decile": "1",
        "customer_value_eur": "200.0",
        "expected_net_value_eur": "50.0",
        "expected_cost_eur": "11.5",
        "reason_1": REASON,
        "reason_2": "Plan: größer (lowers)",
        "reason_3": "",
        "model_version": "7",
        "scored_at": "2026-03-02T01:30:00Z",
    }
    assert (second["customer_id"], float(second["probability"])) == ("b", 1 / 3)


def test_a_list_takes_the_place_of_the_one_before(tmp_path):
    environ = {EXPORTS_URL: str(tmp_path)}
    export_csv("shop", DAY, targets("a", "b"), environ=environ)

    export_csv("shop", DAY, targets(), environ=environ)

    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert file.read_text() == ",".join(targets().columns) + "\n"


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_text_is_a_formula_to_a_spreadsheet(first):
    hostile = f'{first}HYPERLINK("http://x")'
    rows = targets(hostile).with_columns(
        pl.lit(hostile).alias("reason_1"), pl.lit(-1.5).alias("customer_value_eur")
    )

    (row,) = csv.DictReader(io.StringIO(as_csv(rows).decode(), newline=""))

    assert row["customer_id"] == row["reason_1"] == f"'{hostile}"
    assert row["customer_value_eur"] == "-1.5"


def test_texts_with_quotes_commas_and_lines_come_back_as_they_were():
    awkward = 'a "b", c\nd'

    (row,) = csv.DictReader(io.StringIO(as_csv(targets(awkward)).decode(), newline=""))

    assert row["customer_id"] == awkward


def test_a_place_that_is_a_file_is_told(tmp_path):
    (tmp_path / "targets").write_text("in the way")

    with pytest.raises(ObjectError, match="targets"):
        export_csv("shop", DAY, targets("a"), environ={EXPORTS_URL: str(tmp_path)})


@pytest.mark.server
def test_a_list_goes_to_a_bucket_as_to_a_folder(s3):
    environ = {**s3, EXPORTS_URL: f"s3://{BUCKET}/lists"}

    where = export_csv("shop", DAY, targets("a"), environ=environ)

    assert where == f"s3://{BUCKET}/lists/targets/shop/2026-03-01.csv"
    files = open_objects(environ[EXPORTS_URL], environ=environ)
    assert files.get("targets/shop/2026-03-01.csv").content == as_csv(targets("a"))
