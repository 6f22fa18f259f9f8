import os
from pathlib import Path

import pytest

from churn.model.bundle_files import write_bundle
from churn.scoring.bundle import open_bundle
from tests.snapshot_rows import bundle


@pytest.mark.parametrize("kind", ["logistic_regression", "random_forest"])
def test_what_is_written_is_read_back_to_the_byte(tmp_path: Path, kind: str) -> None:
    made = bundle(kind)

    write_bundle(made, tmp_path / "deep" / "model")

    assert open_bundle(tmp_path / "deep" / "model").files == made.files
    assert os.listdir(tmp_path / "deep") == ["model"]


def test_a_bundle_is_never_written_over_another(tmp_path: Path) -> None:
    write_bundle(bundle(), tmp_path / "model")

    with pytest.raises(FileExistsError, match="found one"):
        write_bundle(bundle(), tmp_path / "model")


def test_a_draft_left_by_a_crash_does_not_matter(tmp_path: Path) -> None:
    made = bundle()
    draft = tmp_path / f".model.{made.bundle_sha256[:16]}.draft"
    draft.mkdir()
    (draft / "model.onnx").write_bytes(b"half")

    write_bundle(made, tmp_path / "model")

    assert open_bundle(tmp_path / "model").files == made.files


def test_nothing_of_a_failed_write_is_left(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    with pytest.raises(OSError, match="file"):
        write_bundle(bundle(), blocked / "model")

    assert os.listdir(tmp_path) == ["file"]
