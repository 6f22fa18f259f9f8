import os
from pathlib import Path

import pytest

from churn.errors import BundleError
from churn.scoring import folder
from churn.scoring.folder import read_files


def test_each_file_is_read_by_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").write_bytes(b"2")

    assert read_files(tmp_path) == {"a": b"1", "b": b"2"}


def test_a_link_is_refused_even_to_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "b").symlink_to(tmp_path / "a")

    with pytest.raises(BundleError, match="plain file"):
        read_files(tmp_path)


def test_a_folder_within_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()

    with pytest.raises(BundleError, match="plain file"):
        read_files(tmp_path)


def test_a_pipe_is_refused_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a")

    with pytest.raises(BundleError, match="plain file"):
        read_files(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"No such file.*nowhere"):
        read_files(tmp_path / "nowhere")


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    for number in range(folder.MOST_FILES + 1):
        (tmp_path / str(number)).touch()

    with pytest.raises(BundleError, match="at most 16 files"):
        read_files(tmp_path)


def test_a_file_too_large_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(folder.MOST_BYTES + 1)

    with pytest.raises(BundleError, match="at most 268435456 bytes"):
        read_files(tmp_path)


def test_a_text_too_large_to_be_parsed_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "golden.json").open("wb") as file:
        file.truncate(folder.MOST_TEXT_BYTES + 1)

    with pytest.raises(BundleError, match="at most 16777216 bytes"):
        read_files(tmp_path)
