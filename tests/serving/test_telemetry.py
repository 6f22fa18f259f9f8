"""Libraries that would call home."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import CHECKOUT

# What would keep it quiet anyway: ours for all tests, and that of build machines.
QUIET = ("ORT_DISABLE_TELEMETRY", "CI")


def test_a_server_keeps_and_sends_nothing_of_where_it_runs(tmp_path: Path) -> None:
    code = "import serving.trial, onnxruntime; onnxruntime.SessionOptions()"
    kept = {k: v for k, v in os.environ.items() if k not in QUIET}

    subprocess.run(
        [sys.executable, "-c", code],
        cwd=CHECKOUT,
        env=kept | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)},
        check=True,
    )

    assert list(tmp_path.rglob("*")) == []
