"""What is on this machine: folders, SQLite's files, and model servers of others."""

import os
import sqlite3
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cli.doctor.asking import answer
from cli.doctor.case import Case
from cli.doctor.certificates import REQUESTS
from cli.doctor.connecting import reach
from cli.doctor.finding import Check, Remark, Unwell

PATHS = {
    ("alerter", "holdfast_file"): "path",
    ("artifact_store", "local"): "path",
    ("model_deployer", "holdfast_local"): "folder",
}


def file_checks(case: Case) -> Iterator[Check]:
    """Each folder and file; before a run they are left to the run, which makes them."""
    if case.is_quick:
        return
    for kind, component in case.stack.components.items():
        key = PATHS.get((kind, component.flavor), "")
        path = component.configuration.get(key)
        if path:
            told = "can be written"
            yield Check(f"components.{kind}", told, partial(_writable, Path(path)))
    for store, address in case.stack.stores.items():
        where = f"stores.{store}"
        if address.startswith("sqlite:///"):
            path = Path(address.removeprefix("sqlite:///"))
            yield Check(where, "can be written", partial(_database, path))
        elif store != "spark" and "://" not in address:
            yield Check(where, "can be written", partial(_writable, Path(address)))


def model_server_checks(case: Case) -> Iterator[Check]:
    """The model server that somebody else runs; a run that needs it asks by itself."""
    part = case.stack.components.get("model_deployer")
    if case.is_quick or part is None or part.flavor != "holdfast_server":
        return
    url = str(case.configuration("model_deployer").get("url", ""))
    if "{" not in url:
        yield Check("components.model_deployer", "answers", partial(_live, case, url))


def _writable(path: Path) -> Iterator[Remark]:
    """Whether it is there, or could be made, without making it."""
    nearest = path
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    is_file = nearest == path and path.is_file()
    if not is_file and not nearest.is_dir():
        raise Unwell(f"{nearest} is no folder", "move it away, or name another place")
    if not os.access(nearest, os.W_OK):
        raise Unwell(f"{nearest} cannot be written", "allow it, or name another place")
    yield from ()


def _database(path: Path) -> Iterator[Remark]:
    yield from _writable(path)
    if not path.exists():
        return
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.DatabaseError as error:
        raise Unwell(
            f"{path} is no database that can be read: {error}",
            "move it away, or bring it back from a backup",
        ) from None


def _live(case: Case, url: str) -> Iterator[Remark]:
    yield from reach(url, environ=case.environ, trust=REQUESTS, now=case.now)
    found = answer(f"{url.rstrip('/')}/health/live")
    if not found.ok:
        raise Unwell(
            f"{url}/health/live answers {found.status_code}: no model server of ours",
            "start it (python -m serving --help), or correct url",
        )
