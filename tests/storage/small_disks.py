"""A disk so small that it is soon full; only root may mount one."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.storage.servers import binary


@contextlib.contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A folder on a disk of its own; skips where none can be mounted."""
    folder.mkdir()
    mount, umount = binary("mount"), binary("umount")
    options = ["-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    done = subprocess.run([mount, *options], check=False, capture_output=True)
    if done.returncode != 0:
        pytest.skip("a small disk cannot be mounted: not root")
    try:
        yield folder
    finally:
        subprocess.run([umount, "--lazy", str(folder)], check=True)
