"""The files of a bundle, wherever a run left them: a folder, or ``s3://BUCKET/PATH``."""

from collections.abc import Mapping
from pathlib import Path

from churn.errors import BundleError
from churn.scoring.folder import MOST_BYTES, MOST_FILES, read_files
from storage.objects import MissingObjectError, Objects, open_objects


def bundle_files(address: str, *, environ: Mapping[str, str]) -> dict[str, bytes]:
    """The content of each file of a bundle, by name.

    Raises
    ------
    BundleError
        If there are too many files, one too large, or one that is no plain file.
    ObjectError
        If there is none, or it is out of reach.
    """
    if "://" not in address:
        if not Path(address).is_dir():
            raise MissingObjectError(f"there is no bundle folder {address}")
        return read_files(Path(address))
    objects = open_objects(address, environ=environ)
    names = _names(objects)
    return {name: objects.get(name, most_bytes=MOST_BYTES).content for name in names}


def _names(objects: Objects) -> list[str]:
    names = [listed.path for listed in objects.list()]
    if not names:
        raise MissingObjectError(f"there is no bundle at {objects.address}")
    if len(names) > MOST_FILES:
        raise BundleError(
            f"expected at most {MOST_FILES} files at {objects.address}, found "
            f"{len(names)}"
        )
    strange = [name for name in names if "/" in name or name.startswith(".")]
    if strange:
        raise BundleError(
            f"{objects.address}: expected plain files, found {strange[0]!r}"
        )
    return names
