"""`models compare`: on the newer version's rows, and what both were made of."""

from dataclasses import replace

import pytest

from churn.content import content_hash
from churn.errors import UsageError
from churn.model.columns import to_columns
from churn.scoring.bundle import Bundle
from cli.models import comparing
from cli.models.place import Place
from materializers.frames import SplitMaterializer
from tests.evidences import evidence
from tests.ledger_histories import (
    History,
    stored_bundle,
    stored_evidence,
    usual,
    write_files,
)
from tests.model_commands import said, told
from tests.snapshot_rows import FEATURES, bundle, rows, windows


class Invented:
    """A data set of which only the features are asked for."""

    features = FEATURES


@pytest.fixture(scope="module")
def bundles() -> tuple[Bundle, Bundle]:
    return bundle("logistic_regression"), bundle("xgboost")


@pytest.fixture
def test_rows(here: Place, bundles, monkeypatch):
    """Two versions with their bundles; the newer one's test rows."""
    monkeypatch.setattr(comparing, "load", lambda _name: Invented)
    home = here.root / here.stack.home
    split = replace(windows(200), test=rows(300, seed=3))
    files = SplitMaterializer("unused").to_files(split)
    history = History(here.model)
    for version, one in enumerate(bundles, start=1):
        history.lineages[version] = replace(
            stored_bundle(one, home / f"bundle{version}"),
            data_sha256=content_hash(files),
        )
        write_files(files, home / f"split{version}")
        history.trained(
            version,
            "promoted",
            registered={
                "kind": one.kind,
                "split_uri": str(home / f"split{version}"),
                "features": ["tenure_days", f"only_of_{version}"],
                "parameters": {"shared": 1, "depth": version},
            },
            evaluated=stored_evidence(evidence(), home / f"evidence{version}"),
        )
    history.write(here.store("ledger"))
    return split.test


def brier(frame, one: Bundle) -> float:
    scores = one.score(to_columns(frame, FEATURES))
    return float(((scores - frame["is_churn"].to_numpy()) ** 2).mean())


@pytest.mark.parametrize("words", [("1", "2"), ("2", "1")])
def test_both_are_measured_on_the_same_rows_whatever_the_order(
    words, test_rows, bundles
):
    document = told("compare", *words)

    older, newer = (brier(test_rows, one) for one in bundles)
    found = document["figures"]["brier"]
    assert (document["older"], document["newer"]) == ("1", "2")
    assert found["older"]["value"] == pytest.approx(older)
    assert found["newer"]["value"] == pytest.approx(newer)
    assert found["gain"]["value"] == pytest.approx(older - newer)
    assert found["gain"]["low"] < found["gain"]["value"] < found["gain"]["high"]


def test_what_they_were_made_of_is_told_where_it_differs(test_rows):
    differences = told("compare", "1", "2")["differences"]

    assert differences["kind"] == {"older": "logistic_regression", "newer": "xgboost"}
    assert differences["parameter depth"] == {"older": "1", "newer": "2"}
    assert differences["feature only_of_1"] == {"older": "yes", "newer": "no"}
    assert differences["feature only_of_2"] == {"older": "no", "newer": "yes"}
    assert not {"parameter shared", "feature tenure_days", "data"} & set(differences)


def test_a_person_sees_values_intervals_and_gains(test_rows):
    text = said("compare", "1", "2")

    for words in (
        "version 1",
        "version 2",
        "gain",
        "ROC-AUC",
        " to ",
        "parameter depth",
    ):
        assert words in text


def test_without_the_rows_the_ledger_still_tells_what_differs(here):
    usual(here.model).write(here.store("ledger"))

    document = told("compare", "1", "2")

    assert document["figures"] == {}
    assert "the ledger has no address of it" in document["problem"]
    assert document["differences"]["parameter max_depth"] == {
        "older": "1",
        "newer": "2",
    }
    assert "no paired differences: the ledger has" in said("compare", "1", "2")


def test_altered_rows_are_compared_with_nothing(here, test_rows):
    path = here.root / here.stack.home / "split2" / "test.parquet"
    path.write_bytes(b"")

    document = told("compare", "1", "2")

    assert document["figures"] == {}
    assert "the rows of version 2 were altered" in document["problem"]


def test_a_version_is_not_compared_with_itself(here):
    usual(here.model).write(here.store("ledger"))

    with pytest.raises(UsageError, match="version 2 twice"):
        said("compare", "2", "2")
