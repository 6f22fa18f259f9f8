from pathlib import Path

import pytest

from churn.errors import ConfigError
from cli.graph import check_pipeline, pipeline_names, step_graph

ROOT = Path(__file__).resolve().parents[2]
SOURCE = '''
from steps.load import load
from steps.fit import fit
from steps.show import show
from steps.tell import tell

def story(source, is_told):
    """Doc."""
    rows, oracle = load(source)
    model = fit(rows, truth=oracle)
    if is_told:
        show(model)
    return tell(model, rows, after=["load"])
'''


def test_the_graph_is_what_the_source_says(tmp_path: Path) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "story.py").write_text(SOURCE)

    assert step_graph(tmp_path, "story") == {
        "load": (),
        "fit": ("load",),
        "show": ("fit",),
        "tell": ("fit", "load"),
    }


def test_every_step_of_a_pipeline_is_a_file_of_the_same_name() -> None:
    for pipeline in pipeline_names(ROOT):
        for step in step_graph(ROOT, pipeline):
            assert (ROOT / "steps" / f"{step}.py").exists()


def test_a_misspelt_pipeline_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="unknown pipeline 'trainig'; nearest is tra"):
        check_pipeline(ROOT, "trainig")
