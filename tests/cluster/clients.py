"""Clients that ask a model server without pause, each time for another customer."""

import contextlib
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException

from tests.serving.running import asked

TENURE = 0.5


class Counted:
    """What clients were told so far: versions that answered, and what else happened."""

    def __init__(self) -> None:
        self.versions: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.longest_seconds = 0.0

    @property
    def n_requests(self) -> int:
        """All requests that were made."""
        return self.versions.total() + self.failures.total()

    def since(self, seconds: float) -> Counter[str]:
        """Versions that answer from now on, for so long."""
        before = self.versions.copy()
        time.sleep(seconds)
        return self.versions - before


@contextlib.contextmanager
def clients(url: str, *, n_clients: int = 4) -> Iterator[Counted]:
    """Ask until the block ends; what is lost is counted, and never tried again."""
    counted, ended, numbers = Counted(), threading.Event(), itertools.count()
    arguments = (url, counted, ended, numbers)
    threads = [threading.Thread(target=_ask, args=arguments) for _ in range(n_clients)]
    for thread in threads:
        thread.start()
    try:
        yield counted
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _ask(
    url: str, counted: Counted, ended: threading.Event, numbers: Iterator[int]
) -> None:
    host, _, path = url.removeprefix("http://").partition("/")
    connection = HTTPConnection(host, timeout=30)
    while not ended.is_set():
        body = json.dumps(asked(TENURE, f"c{next(numbers)}"))
        began = time.monotonic()
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", f"/{path}/predict", body, headers)
            found = connection.getresponse()
            text = found.read()
        except (OSError, HTTPException) as error:
            counted.failures[repr(error)] += 1
            connection.close()
            continue
        counted.longest_seconds = max(counted.longest_seconds, time.monotonic() - began)
        if found.status == 200:
            counted.versions[json.loads(text)["predictions"][0]["model_version"]] += 1
        else:
            counted.failures[f"{found.status} {text.decode()[:100]}"] += 1
    connection.close()
