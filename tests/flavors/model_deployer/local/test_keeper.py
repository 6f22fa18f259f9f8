"""What a keeper needs; what it does is seen in test_servers.py, on real processes."""

import subprocess
import sys

from tests.conftest import CHECKOUT


def test_a_folder_without_a_plan_is_refused_in_one_line(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "flavors.model_deployer.local.keeper", str(tmp_path)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "expected a generation with its plan" in done.stderr
