"""Our model server as somebody else runs it: it follows the release in S3."""

import contextlib
import sys
from collections.abc import Iterator, Mapping

from tests.conftest import CHECKOUT
from tests.staging.processes import family
from tests.storage.servers import free_port, own_folder

FOLLOW_SECONDS = "0.2"
SHIP_SECONDS = "1"


@contextlib.contextmanager
def model_server(model: str, releases: str, stores: Mapping[str, str]) -> Iterator[str]:
    """Run one until the block ends; yields where it is reached.

    ``stores`` are the variables by which it finds the online features and the place
    of its log.
    """
    port = free_port()
    command = [sys.executable, "-m", "serving", "--model", model, "--port", str(port)]
    command += ["--release", releases, "--follow-seconds", FOLLOW_SECONDS]
    command += ["--segment-seconds", SHIP_SECONDS, "--ship-seconds", SHIP_SECONDS]
    with own_folder() as folder:
        environ = {**stores, "PYTHONPATH": str(CHECKOUT)}
        state = ["--state", str(folder / "state")]
        with family([*command, *state], port, folder, environ):
            yield f"http://127.0.0.1:{port}"
