from pathlib import Path

import pytest

from churn.errors import BundleError
from storage.bundles import bundle_files
from storage.objects import MissingObjectError, open_objects
from tests.storage.s3_server import BUCKET

FILES = {"manifest.json": b"{}", "model.onnx": b"graph"}


def test_a_folder_is_read_as_it_is(tmp_path: Path):
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)

    assert bundle_files(str(tmp_path), environ={}) == FILES


def test_a_folder_that_is_not_there_is_told():
    with pytest.raises(MissingObjectError, match="no bundle folder /nowhere"):
        bundle_files("/nowhere", environ={})


@pytest.mark.server
def test_in_a_bucket_only_plain_files_and_few_of_them_are_read(s3):
    address = f"s3://{BUCKET}/bundle"
    with pytest.raises(MissingObjectError, match="no bundle at"):
        bundle_files(address, environ=s3)

    objects = open_objects(address, environ=s3)
    for name, content in FILES.items():
        objects.put(name, content)
    assert bundle_files(address, environ=s3) == FILES

    objects.put("below/model.onnx", b"")
    with pytest.raises(BundleError, match="expected plain files"):
        bundle_files(address, environ=s3)
    for number in range(20):
        objects.put(f"{number}.json", b"")
    with pytest.raises(BundleError, match="expected at most 16 files"):
        bundle_files(address, environ=s3)
