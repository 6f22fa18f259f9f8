"""Promotion, rollback and replay on a clean local stack, for real."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from zenml.client import Client

from cli.models.comparing import compare_versions
from cli.models.following import follow
from cli.models.place import Place, place
from cli.models.promotion import promote_version
from cli.models.replaying import replay
from cli.models.retraining import retrain
from cli.models.rollback import roll_back
from cli.models.verifying import verify_ledger
from cli.run_pipeline import Options, run_pipeline
from registry.ledger import Ledger
from registry.zenml_stages import zenml_heads
from storage.release import read_release
from tests.conftest import CHECKOUT, fresh_zenml

pytestmark = pytest.mark.zenml
POLICY = {
    "name": "small",
    "description": "Anything that ranks at all.",
    "promote_first": True,
    "checks": [
        {
            "name": "ranks",
            "kind": "floor",
            "metric": "roc_auc",
            "bound": 0.5,
            "by": "value",
            "undecided": "blocks",
            "applies": "always",
        }
    ],
}
# Without MLflow, whose part has tests of its own and takes half of the time.
BARE_STACK = """# A place to run, and what the ledger needs.
components:
  orchestrator: {flavor: local}
  artifact_store: {flavor: local, configuration: {path: "${project}/artifacts"}}
stores:
  ledger: "sqlite:///${project}/ledger.db"
  release: "${project}/releases"
"""
SETTINGS = (
    "simulation.n_customers=700",
    "simulation.n_days=270",
    "search=null",
    "evaluation.resamples=20",
    "leaks.max_rows=500",
    "probes.behaviour_customers=100",
    "probes.reseeds=1",
    "probes.timed_calls=10",
    "time_split.calibration_snapshots=1",
    "time_split.test_snapshots=1",
)
OPTIONS = Options(
    pipeline="training",
    dataset="subscriptions",
    source=None,
    stack="bare",
    as_of=None,
    settings=(*SETTINGS, "model.kind=logistic_regression"),
    no_cache=False,
    dry_run=False,
    as_json=True,
    fail_on_refusal=False,
    policy="small",
)


@dataclass(frozen=True)
class Story:
    """What was printed: 1 went live, 2 was promoted over it, then rolled back."""

    place: Place
    promoted: dict[str, Any]
    rolled_back: dict[str, Any]


@pytest.fixture(scope="module")
def story(
    baked_zenml: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    with fresh_zenml(baked_zenml, tmp_path_factory.mktemp("promotion")) as root:
        for folder in ("configs", "pipelines", "steps"):
            shutil.copytree(CHECKOUT / folder, root / folder)
        policies = root / "configs" / "policies"
        (policies / "small.yaml").write_text("# Small.\n" + yaml.safe_dump(POLICY))
        (root / "configs" / "stacks" / "bare.yaml").write_text(BARE_STACK)
        roll_out(root, "none")
        assert run_pipeline(root, OPTIONS) == 0
        trees = (*SETTINGS, "model.kind=random_forest")
        assert run_pipeline(root, replace(OPTIONS, settings=trees)) == 0
        here = place(root, "subscriptions", "bare")
        promoted = printed(
            promote_version, here, "2", "better trees", override=False, as_json=True
        )
        back = printed(roll_back, here, None, "complaints", as_json=True)
        yield Story(here, promoted, back)


def roll_out(root: Path, rollout: str) -> None:
    """Let the data set name a rollout; a batch-only one has none."""
    path = root / "configs" / "datasets" / "subscriptions.yaml"
    text = path.read_text()
    before = next(ln for ln in text.splitlines() if ln.startswith("rollout:"))
    path.write_text(text.replace(before, f"rollout: {rollout}"))


def printed(act: Any, *given: Any, code: int | None = 0, **named: Any) -> Any:
    """The JSON document that a command printed."""
    with pytest.MonkeyPatch.context() as patch:
        lines: list[str] = []
        patch.setattr("cli.models.speaking.click.echo", lines.append)
        assert act(*given, **named) == code
    return json.loads(lines[0])


def test_the_history_tells_of_both(story: Story) -> None:
    kinds = [(event.kind, event.version) for event in story.place.events()]

    assert kinds[3:] == [
        ("promoted", "1"),
        ("registered", "2"),
        ("evaluated", "2"),
        ("decided", "2"),
        ("staged", "2"),
        ("promoted", "2"),
        ("rolled_back", "1"),
    ]
    assert story.promoted["release"]["champion"]["version"] == "2"
    assert story.promoted["decision"]["gates"][0]["name"] == "ranks"


def test_the_way_back_took_less_than_a_second(story: Story) -> None:
    assert story.rolled_back["seconds"] < 1


def test_the_release_and_zenml_show_what_is_live(story: Story) -> None:
    here = story.place

    released = read_release(here.model, environ=here.stack.environment)
    production = Client().get_model_version(here.model, "production")

    assert released is not None
    assert released.champion is not None
    assert released.champion.version == "1"
    assert str(production.number) == "1"


@pytest.mark.parametrize(("pipeline", "version"), [("promotion", 2), ("rollback", 1)])
def test_each_is_a_run_of_the_version_it_is_about(
    story: Story, pipeline: str, version: int
) -> None:
    (run,) = Client().list_pipeline_runs(pipeline=pipeline, hydrate=True).items

    (page,) = run.steps["publish_models_page"].outputs["models_page"]
    assert run.status == "completed"
    assert run.model_version is not None
    assert run.model_version.number == version
    assert f"Version {version}, " in page.load()


def test_no_version_was_made_by_following(story: Story) -> None:
    versions = Client().list_model_versions(model=story.place.model)

    assert sorted(version.number for version in versions.items) == [1, 2]


def test_every_decision_replays_to_the_same_answer(story: Story) -> None:
    for name in ("1", "2", "event:4", "event:9"):
        assert printed(replay, story.place, name, as_json=True)["same"], name


def test_fitted_again_the_bundle_is_the_same(story: Story) -> None:
    document = printed(retrain, story.place, "2", as_json=True)

    assert document["same"], document["difference"]
    assert document["stored"] == document["derived"]


def test_both_are_compared_on_the_newer_ones_rows(story: Story) -> None:
    names = ("1", "2")
    document = printed(compare_versions, story.place, names, code=None, as_json=True)

    assert document["problem"] is None
    assert set(document["figures"]["roc_auc"]) == {"older", "newer", "gain"}


def test_the_history_and_what_the_mirrors_saw_agree(story: Story) -> None:
    document = printed(verify_ledger, story.place, has_mirrors=True, as_json=True)

    assert document["fault"] is None
    assert max(head["sequence"] for head in document["mirrors"]) == 10


def test_a_forged_history_stops_the_pipeline_before_it_hides_what_mirrors_saw(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    here = story.place
    first, *others = here.events()
    path = Path(here.store("ledger").removeprefix("sqlite:///"))
    seen = zenml_heads(here.model)
    aside = path.rename(path.with_suffix(".aside"))
    forged = Ledger(here.store("ledger"))
    forged.append(replace(first, actor="nobody"), *others)
    forged.close()

    code = follow(here, "rollback", quiet=True)

    aside.rename(path)
    assert code == 1
    assert "the ledger is broken: ZenML saw event" in capsys.readouterr().err
    assert zenml_heads(here.model) == seen != ()


def test_a_version_that_zenml_lost_is_told_in_one_line_and_the_act_stands(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    here = story.place
    live, *_ = here.events()
    path = Path(here.store("ledger").removeprefix("sqlite:///"))
    aside = path.rename(path.with_suffix(".aside"))
    other = Ledger(here.store("ledger"))
    other.append(replace(live, kind="promoted", version="77"))
    other.close()

    code = follow(here, "rollback", quiet=True)

    aside.rename(path)
    told = capsys.readouterr().err
    assert code == 1
    assert "failed in step preparation: ZenML: No version with number 77" in told
    assert "the rollback stands: ledger and release have it" in told


def test_a_failing_follower_leaves_the_act_standing_and_says_so(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    step = story.place.root / "pipelines" / "rollback.py"
    aside = step.rename(step.with_suffix(".aside"))
    live = printed(promote_again, story.place, as_json=True)
    try:
        code = roll_back(story.place, None, "complaints", as_json=True)
    finally:
        aside.rename(step)

    told = capsys.readouterr().err
    assert live["event"]["kind"] == "promoted"
    assert code == 1
    assert "the rollback stands: ledger and release have it" in told
    assert story.place.events()[-1].kind == "rolled_back"


def promote_again(here: Place, *, as_json: bool) -> int:
    return promote_version(here, "2", "once more", override=False, as_json=as_json)


def test_where_nobody_serves_a_rollout_begins_and_stays_and_says_why(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    roll_out(story.place.root, "production")

    begun = printed(promote_again, story.place, as_json=True)

    told = " ".join(capsys.readouterr().err.split())
    (run,) = Client().list_pipeline_runs(pipeline="deployment", hydrate=True).items
    (artifact,) = run.steps["decide_rollout"].outputs["rollout_decision"]
    decision = artifact.load()
    assert begun["event"]["to"] == "shadow"
    assert begun["release"]["mode"] == "shadow"
    assert run.status == "completed"
    assert (decision.to, decision.phase) == ("stay", "shadow")
    assert "the stack names no stores.predictions" in decision.reason
    assert "no server runs" in told
    assert story.place.events()[-1].kind == "rollout"
    staging = Client().get_model_version(story.place.model, "staging")
    assert str(staging.number) == "2"


def test_a_later_look_that_changes_nothing_is_one_line(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    look = Options(
        pipeline="deployment",
        dataset=story.place.dataset,
        source=None,
        stack=story.place.stack.name,
        as_of=None,
        settings=(),
        no_cache=False,
        dry_run=False,
        as_json=False,
        fail_on_refusal=False,
        looks_again=True,
    )

    code = run_pipeline(story.place.root, look)

    told = capsys.readouterr()
    (line,) = [one for one in told.out.splitlines() if "stays in shadow" in one]
    assert code == 0
    assert line[2] == line[5] == ":"
    assert "left " not in told.out + told.err
    assert "Page" not in told.out
