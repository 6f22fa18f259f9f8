"""Whether the installed packages are those that were locked at a commit."""

import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

LOCK = "requirements.txt"


def unlike_lock(root: Path, commit: str) -> tuple[str, ...] | None:
    """Each package that differs from the lock of a commit; None: no such lock here."""
    lock = _lock_at(root, commit.removesuffix("-dirty"))
    if lock is None:
        return None
    return tuple(told for line in lock.splitlines() if (told := _told(line)))


def _lock_at(root: Path, commit: str) -> str | None:
    command = ["git", "show", "--end-of-options", f"{commit}:{LOCK}"]
    try:
        done = subprocess.run(  # noqa: S603 (a fixed command; the ledger has the commit)
            command, cwd=root, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout


def _told(line: str) -> str:
    """How one line of a lock differs from what is installed; empty if it does not."""
    if line[:1] in ("", " ", "#", "-"):
        return ""
    wanted = Requirement(line.removesuffix("\\").strip())
    if wanted.marker is not None and not wanted.marker.evaluate():
        return ""
    locked = str(wanted.specifier).removeprefix("==")
    try:
        found = version(wanted.name)
    except PackageNotFoundError:
        found = "none"
    return "" if found == locked else f"{wanted.name} {found} instead of {locked}"
