"""What is printed is valid where it is to be pasted."""

import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from croniter import croniter

from churn.errors import ConfigError
from cli.main import command
from cli.root import ROOT
from cli.run_pipeline import CONFIGURATIONS
from cli.schedule.forms import crontab, github, kubeflow
from cli.schedule.jobs import Job, jobs

CADENCES = ("daily", "weekly", "monthly")
OPTIONS = {name for parameter in command.params for name in parameter.opts}
ODD = Job("odd", "1 2 * * *", ("--source", "a b's 100%"), "odd names")
SOURCE = "postgresql+psycopg://me:secret@host/crm?table=customers"


def all_jobs(cadence: str = "weekly", source: str = "Telco.csv"):
    return jobs(ROOT, "telco", "local", source, cadence)


def printed(*words: str) -> str:
    done = CliRunner().invoke(command, ["schedule", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize("cadence", CADENCES)
def test_every_job_is_a_call_that_exists(cadence):
    for job in all_jobs(cadence, SOURCE):
        named = dict(zip(job.words[::2], job.words[1::2], strict=True))
        assert set(named) <= OPTIONS
        assert named["--pipeline"] in {*CONFIGURATIONS, "monitoring"}


@pytest.mark.parametrize("cadence", CADENCES)
def test_no_two_jobs_ever_begin_together_and_every_day_has_one_look(cadence):
    looks: list[datetime] = []
    starts: list[datetime] = []
    for job in all_jobs(cadence):
        times = croniter(job.cron, datetime(2025, 12, 31, 23, 59, tzinfo=UTC))
        due = list(iter_until(times, datetime(2026, 3, 1, tzinfo=UTC)))
        starts += due
        looks += due if job.name.startswith("retraining") else []

    assert len(starts) == len(set(starts))
    assert len(looks) == len({t.date() for t in looks}) == 59


def iter_until(times: croniter, end: datetime):
    while (found := times.get_next(datetime)) < end:
        yield found


def test_the_cadence_is_that_of_the_retraining():
    due = {c: next(j for j in all_jobs(c) if j.name == "retraining") for c in CADENCES}
    new_year = datetime(2026, 1, 1, tzinfo=UTC)
    days = {
        name: [croniter(job.cron, new_year).get_next(datetime)]
        for name, job in due.items()
    }

    assert days["daily"] == days["monthly"] == [datetime(2026, 1, 1, 3, 15, tzinfo=UTC)]
    assert days["weekly"][0].strftime("%A %d") == "Monday 05"
    assert [due[c].words[-1] for c in CADENCES] == list(CADENCES)


def test_a_crontab_holds_times_and_commands_that_a_shell_reads_back():
    lines = crontab([ODD], "holdfast-x", Path("/a folder"), {}).splitlines()

    *_, line = lines
    assert [ln for ln in lines if not ln.startswith("#")] == ["CRON_TZ=UTC", line]
    assert line.startswith("1 2 * * * cd '/a folder' && ")
    # cron turns an escaped percent sign back before a shell sees it.
    _, _, call = line.partition(" && ")
    assert shlex.split(call.replace(r"\%", "%"))[1:] == ["run.py", *ODD.words]


def test_a_workflow_starts_each_job_at_its_own_time_alone():
    document = yaml.safe_load(github(all_jobs(), "holdfast-telco"))

    crons = [entry["cron"] for entry in document["on"]["schedule"]]
    assert crons == [job.cron for job in all_jobs()]
    assert set(document) == {"name", "on", "permissions", "jobs"}
    for job in all_jobs():
        held = document["jobs"][job.name]
        assert f"== '{job.cron}'" in held["if"]
        assert held["steps"][-1]["run"].split()[1:] == ["run.py", *job.words]
        assert all(set(step) <= {"uses", "with", "run"} for step in held["steps"])
    choices = document["on"]["workflow_dispatch"]["inputs"]["job"]["options"]
    assert choices == list(document["jobs"])


def test_a_script_for_kubeflow_hands_over_one_pipeline_a_job(tmp_path):
    kfp = tmp_path / "kfp"
    kfp.write_text(
        '#!/bin/sh\necho "$@" >> "$OUT/calls"\n'
        'for last; do :; done\ncp "$last" "$OUT"\n'
    )
    kfp.chmod(0o755)
    script = kubeflow([*all_jobs(), ODD], "holdfast-telco", "registry/x:1")

    done = subprocess.run(
        ["/bin/sh", "-c", script],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "OUT": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    assert len(calls) == len(all_jobs()) + 1
    assert "--cron-expression 0 15 1 * * *" in calls[1]
    held = yaml.safe_load((tmp_path / "holdfast-telco-odd.yaml").read_text())
    (executor,) = held["deploymentSpec"]["executors"].values()
    assert executor["container"] == {
        "image": "registry/x:1",
        "command": ["python", "run.py"],
        "args": list(ODD.words),
    }


@pytest.mark.parametrize("form", ["crontab", "github", "kubeflow"])
def test_a_password_is_never_printed(form):
    shown = printed("cron", "--form", form, "--dataset", "telco", "--source", SOURCE)

    assert "secret@" not in shown
    assert "postgresql+psycopg://me@host/crm?table=customers" in shown


def test_the_table_names_every_job():
    shown = printed("show", "--dataset", "telco", "--source", "x.csv", "--json")

    assert [job["name"] for job in yaml.safe_load(shown)] == [
        "deployment",
        "batch_inference",
        "monitoring",
        "retraining",
        "retraining_on_harm",
    ]
    assert "15 3 * * 1" in printed("show", "--dataset", "telco", "--source", "x.csv")


def test_a_crontab_looks_where_its_printer_looked():
    lines = crontab([ODD], "x", Path("/a"), {"HOLDFAST_HOME": "/h"}).splitlines()

    assert lines.index("HOLDFAST_HOME=/h") < lines.index("# odd: odd names")


def test_what_has_no_embedded_data_is_not_scheduled_without_a_source():
    with pytest.raises(ConfigError, match="its jobs need --source"):
        jobs(ROOT, "telco", "local", None, "weekly")
