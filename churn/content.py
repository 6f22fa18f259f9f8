"""The identity of a folder of files."""

import hashlib
from collections.abc import Mapping


def content_hash(files: Mapping[str, bytes]) -> str:
    """Sha256 over all names and bytes, in the order of the names.

    Parameters
    ----------
    files : mapping of file name to content

    Examples
    --------
    >>> one = content_hash({"a": b"1", "b": b""})
    >>> one == content_hash({"b": b"", "a": b"1"}), one == content_hash({"a": b"1b"})
    (True, False)
    """
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()
