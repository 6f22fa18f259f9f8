"""What a training stored is read as it was written, or not at all."""

from dataclasses import replace

import pytest

from churn.content import content_hash
from churn.splits import Split
from cli.models.place import Place
from cli.models.stored import ArtifactGoneError, read_folder, read_split
from materializers.frames import SplitMaterializer
from registry.versions import Version, find
from tests.ledger_histories import History, lineage, write_files
from tests.snapshot_rows import windows

SPLIT = windows(20)
FILES = SplitMaterializer("unused").to_files(SPLIT)


def version(uri: str) -> Version:
    """A version that was made of these rows, stored at an address."""
    history = History()
    history.lineages[1] = replace(lineage(1), data_sha256=content_hash(FILES))
    history.trained(1, "promoted", registered={"split_uri": uri})
    return find(history.events, "1")


def test_the_rows_of_a_version_are_read_window_by_window(here: Place, tmp_path):
    write_files(FILES, tmp_path / "split")

    found = read_split(here, version(str(tmp_path / "split")))

    assert isinstance(found, Split)
    for name, window in vars(SPLIT).items():
        assert getattr(found, name).equals(window)


@pytest.mark.parametrize(
    "files",
    [
        FILES | {"test.parquet": FILES["train.parquet"]},
        FILES | {"test.parquet": b""},
        {name: FILES[name] for name in ("train.parquet", "calibration.parquet")},
        FILES | {"more.parquet": FILES["train.parquet"]},
    ],
)
def test_other_rows_than_those_the_ledger_knows_are_refused(
    here: Place, tmp_path, files
):
    write_files(files, tmp_path / "split")

    with pytest.raises(
        ArtifactGoneError, match="rows of version 1 were altered: .*fou"
    ):
        read_split(here, version(str(tmp_path / "split")))


def test_where_the_ledger_has_no_address_no_folder_is_read(
    here: Place, tmp_path, monkeypatch
):
    write_files(FILES, tmp_path / "split")
    monkeypatch.chdir(tmp_path / "split")

    for read in (lambda: read_folder(here, ""), lambda: read_split(here, version(""))):
        with pytest.raises(ArtifactGoneError, match="the ledger has no address"):
            read()
