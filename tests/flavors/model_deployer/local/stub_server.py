"""A server with the options and manners of ours, and nothing else: starts in no time.

The real HTTP server underneath; what is answered names the process and its --name.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces

STUB = Path(__file__).resolve()


async def app(scope, receive, send):
    """Answer who this is; while draining, ask the client to connect anew."""
    if scope["type"] != "http":
        return
    await receive()
    told = json.loads(os.environ["STUB"])
    draining = (Path(told["state"]) / "draining").exists()
    status = 503 if told["unready"] and scope["path"] == "/health/ready" else 200
    body = json.dumps({"pid": os.getpid(), "name": told["name"]}).encode()
    headers = [(b"content-length", str(len(body)).encode())]
    headers += [(b"connection", b"close")] if draining else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main():
    parser = argparse.ArgumentParser()
    for name in ("release", "model", "host", "state", "name", "broken"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--port", type=int)
    parser.add_argument("--unready", default="")
    parser.add_argument("--share-port", action="store_true")
    options = parser.parse_args()
    if options.broken:
        sys.exit(f"error: {options.broken}")
    os.environ["STUB"] = json.dumps(vars(options))
    (Path(options.state) / "started").write_text(str(time.time()))
    Granian(
        f"{STUB.stem}:app",
        address=options.host,
        port=options.port,
        interface=Interfaces.ASGINL,
        working_dir=STUB.parent,
        websockets=False,
        workers_kill_timeout=5,
    ).serve()


if __name__ == "__main__":
    main()
