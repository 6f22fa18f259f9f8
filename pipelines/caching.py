"""What ZenML's cache cannot see by itself: the code that steps call.

Its key holds a step's own source, parameters and inputs. The steps are thin,
so the sources below them are made part of every key.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from churn.scoring.keys import signing_key, trusted_keys

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("churn", "datasets", "storage", "materializers", "registry")


def fingerprint(root: Path) -> str:
    """Hash of the lock and every source file below the folders that steps call."""
    digest = hashlib.sha256((root / "requirements.txt").read_bytes())
    for folder in SOURCES:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".py", ".j2", ".css"):
                digest.update(path.relative_to(root).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


def key_fingerprints(variables: Mapping[str, str]) -> str:
    """Who signs and whom one trusts: a bundle signed by another is another bundle."""
    own, trusted = signing_key(variables), trusted_keys(variables)
    names = [own.fingerprint if own else "", *sorted(trusted.keys if trusted else ())]
    return " ".join(names)


def core_fingerprint() -> str:
    """The fingerprint of this checkout and its keys, as ZenML asks for it."""
    return f"{fingerprint(ROOT)} {key_fingerprints(os.environ)}"
