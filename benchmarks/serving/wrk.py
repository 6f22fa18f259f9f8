"""Requests as fast as the connections allow, by wrk, a real load generator."""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.serving.requests import Request

SCRIPT = """\
wrk.method = "POST"
wrk.body = [==[{body}]==]
{headers}
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("done requests=%d duration_us=%d p50_us=%d p99_us=%d " ..
    "failed=%d\\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
"""
LINE = re.compile(
    r"^done requests=(\d+) duration_us=(\d+) p50_us=(\d+) p99_us=(\d+) failed=(\d+)$",
    re.MULTILINE,
)
ABSENT = "wrk is not on the PATH; on Debian: apt-get install wrk"


@dataclass(frozen=True)
class FullLoad:
    """What a server bears with so many connections, each waiting for its answer."""

    n_requests: int
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    n_failed: int


def full_load(request: Request, *, connections: int, seconds: float) -> FullLoad:
    """Ask without a pause, one thread for all connections."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "request.lua"
        script.write_text(lua(request))
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s"]
        done = subprocess.run(  # noqa: S603 (the command is ours)
            [*command, "-s", str(script), request.url],
            check=True,
            capture_output=True,
            text=True,
        )
    return parsed(done.stdout)


def lua(request: Request) -> str:
    """What wrk is told to send, and to say in the end."""
    headers = [f'wrk.headers["{k}"] = "{v}"' for k, v in request.headers.items()]
    body = request.body.decode()
    return SCRIPT.format(body=body, headers="\n".join(headers))


def parsed(output: str) -> FullLoad:
    """The figures of wrk's last line, which the script above makes it write."""
    found = LINE.search(output)
    if found is None:
        msg = f"expected a line 'done requests=...' of wrk, found: {output.strip()}"
        raise RuntimeError(msg)
    n_requests, duration_us, p50_us, p99_us, n_failed = map(int, found.groups())
    return FullLoad(
        n_requests=n_requests,
        requests_per_second=n_requests / (duration_us / 1e6),
        p50_ms=p50_us / 1e3,
        p99_ms=p99_us / 1e3,
        n_failed=n_failed,
    )


def is_installed() -> bool:
    """Whether wrk can be run."""
    return shutil.which("wrk") is not None
