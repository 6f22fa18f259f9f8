"""Brings a bundle into the state folder; it is there only once it passed its trial."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from churn.errors import BundleError, HoldfastError
from churn.scoring.folder import read_files
from churn.scoring.keys import TRUSTED_KEYS
from churn.scoring.manifest import identity, read_manifest
from churn.scoring.release import Served
from serving.active import StateFolder, Version
from storage.bundles import bundle_files
from storage.objects import ObjectError

TRIAL_SECONDS = 60
KEPT_BUNDLES = 8
SHA256 = re.compile(r"[0-9a-f]{64}")
DRAFT = ".draft-"


class FetchError(HoldfastError):
    """A bundle cannot be had now; another try may succeed."""


def fetch(
    served: Served,
    state: StateFolder,
    *,
    trusted_keys: str | None,
    environ: Mapping[str, str],
) -> Version:
    """A version's bundle in the state folder, tried.

    Raises
    ------
    BundleError
        If it must not be served.
    FetchError
        If it cannot be read or kept now.
    """
    if not SHA256.fullmatch(served.bundle_sha256):
        raise BundleError(
            f"version {served.version}: expected a sha256 in hexadecimal, found "
            f"{served.bundle_sha256[:80]!r}"
        )
    folder = state.bundles / served.bundle_sha256
    if not _is_kept(folder, served):
        shutil.rmtree(folder, ignore_errors=True)
        draft = state.bundles / f"{DRAFT}{served.bundle_sha256}"
        shutil.rmtree(draft, ignore_errors=True)
        try:
            _keep(_files(served, environ), draft)
            _try(draft, trusted_keys, environ)
            _check_identity(draft, served)
            draft.rename(folder)
        except OSError as error:
            raise FetchError(f"cannot keep a bundle in {folder}: {error}") from None
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    os.utime(folder)
    return Version(served.version, served.bundle_sha256, str(folder))


def forget_old(state: StateFolder, used: set[str]) -> None:
    """Remove bundles long unused; the last few stay, for a fast way back."""
    drafts = [path for path in state.bundles.iterdir() if path.name.startswith(DRAFT)]
    kept = [path for path in state.bundles.iterdir() if SHA256.fullmatch(path.name)]
    kept.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    old = [path for path in kept[KEPT_BUNDLES:] if path.name not in used]
    for path in (*drafts, *old):
        shutil.rmtree(path, ignore_errors=True)


def _files(served: Served, environ: Mapping[str, str]) -> dict[str, bytes]:
    try:
        return bundle_files(served.bundle_uri, environ=environ)
    except ObjectError as error:
        raise FetchError(f"version {served.version}: {error}") from None


def _keep(files: Mapping[str, bytes], folder: Path) -> None:
    folder.mkdir(parents=True)
    for name, content in files.items():
        with (folder / name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def _try(folder: Path, trusted_keys: str | None, environ: Mapping[str, str]) -> None:
    """Load it where a hostile bundle can only hurt a child of bounded means."""
    kept = {k: v for k, v in environ.items() if k != TRUSTED_KEYS}
    if trusted_keys is not None:
        kept[TRUSTED_KEYS] = trusted_keys
    try:
        done = subprocess.run(  # noqa: S603 (our own module)
            [sys.executable, "-m", "serving.trial", str(folder)],
            env=kept,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TRIAL_SECONDS,
            check=False,
        )
        told = json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        raise BundleError(f"its trial took longer than {TRIAL_SECONDS} s") from None
    except (ValueError, IndexError):
        raise FetchError(f"the trial gave no verdict: exit {done.returncode}") from None
    if not told.get("ok"):
        raise BundleError(str(told.get("reason")))


def _is_kept(folder: Path, served: Served) -> bool:
    """Whether it is here as it was tried; a disk may have lost some of it."""
    if not folder.is_dir():
        return False
    try:
        _check_identity(folder, served)
    except Exception:  # noqa: BLE001 (whatever became of it, it is fetched anew)
        return False
    return True


def _check_identity(folder: Path, served: Served) -> None:
    """What passed its trial is parsed here too, and must be what was named."""
    found = identity(read_manifest(read_files(folder)))
    if found != served.bundle_sha256:
        raise BundleError(
            f"version {served.version}: expected the bundle "
            f"{served.bundle_sha256[:12]}, found {found[:12]} at {served.bundle_uri}"
        )
