"""What a revision of the repository declares, and what the checkout does."""

import io
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from churn.changes.declared import DeclaredDataset
from churn.errors import DeclarationError, UsageError

SCRIPT = Path(__file__).with_name("declaring.py")
# All that declarations consist of.
FOLDERS = ("churn", "datasets", "configs/datasets")

Declarations = dict[str, DeclaredDataset]


def declarations(root: Path, base: str) -> tuple[Declarations, Declarations]:
    """Read what a revision and the checkout declare, both at once.

    Raises
    ------
    UsageError
        If there is no such revision.
    DeclarationError
        If one of the two cannot be loaded.
    """
    with _tree(root, base) as before, ThreadPoolExecutor(2) as pool:
        places = ((before, base), (root, "this checkout"))
        old, new = pool.map(lambda place: _declared(*place), places)
    return old, new


@contextmanager
def _tree(root: Path, revision: str) -> Iterator[Path]:
    """The declarations of a revision, in a folder that goes away again."""
    # A name that begins with a dash would be an option of the second command.
    commit = _said(
        root,
        revision,
        *("git", "rev-parse", "--verify", "--quiet"),
        *("--end-of-options", f"{revision}^{{commit}}"),
    )
    packed = _said(root, revision, "git", "archive", commit.decode().strip(), *FOLDERS)
    with TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder)


def _said(root: Path, revision: str, *words: str) -> bytes:
    done = subprocess.run(words, cwd=root, capture_output=True, check=False)  # noqa: S603
    if done.returncode != 0:
        reason = _last_line(done.stderr, "git knows no such revision here")
        raise UsageError(
            f"--base {revision}: {reason}; `git fetch` brings those of the server, a "
            "shallow clone lacks all but one"
        )
    return done.stdout


def _declared(tree: Path, called: str) -> Declarations:
    words = [sys.executable, "-P", str(SCRIPT), str(tree)]
    done = subprocess.run(words, cwd=tree, capture_output=True, check=False)  # noqa: S603
    if done.returncode != 0:
        reason = _last_line(done.stderr, "no reason given")
        raise DeclarationError(f"{called} does not load: {reason}")
    return msgspec.json.decode(done.stdout, type=Declarations)


def _last_line(told: bytes, otherwise: str) -> str:
    return (told.decode(errors="replace").strip().splitlines() or [otherwise])[-1]
