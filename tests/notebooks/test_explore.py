import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.server
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_notebook_runs_from_top_to_bottom(notebook: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "jupyter", "execute", str(notebook)]
    small = {"HOLDFAST_NOTEBOOK_CUSTOMERS": "1500", "IPYTHONDIR": str(tmp_path)}

    done = subprocess.run(
        [*command, f"--output={tmp_path / 'executed'}"],
        cwd=ROOT,
        env=os.environ | small,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_output_is_committed(notebook: Path) -> None:
    cells = nbformat.read(notebook, as_version=4).cells

    assert not [cell for cell in cells if cell.get("outputs")]
