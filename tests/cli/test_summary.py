import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from rich.console import Console

from churn.backfill import Backfill
from churn.batch.record import BatchPlan, CurrentRows, Origin, Scored
from churn.batch.target_list import Exported
from churn.batch.targets import TargetPlan
from churn.gates.decision import GateResult
from churn.rollout.decision import RolloutDecision
from churn.scoring.decision import Economics
from cli.hints import Hints
from cli.outcome import Backfilled, BatchScored, Deployed, Failure, Followed, Times
from cli.summary import show_failure, show_look, show_outcome
from registry.confirming import Confirmation


def test_the_cause_of_a_failure_stays_one_line_however_long():
    console = Console(file=io.StringIO(), width=40)
    cause = "expected a column named [plan], " + "found another; " * 10 + "rename it"

    show_failure(
        console, Failure("run", "load_tables", cause, Path("run.log")), Hints()
    )

    assert console.file.getvalue() == (
        f"failed in step load_tables: {cause}\nlog: run.log\n"
    )


HERE = Hints()
FEBRUARY = date(2024, 2, 1)
BACKFILLED = Backfilled(
    run="features-1",
    source="shop.db",
    as_of="2024-04-01T00:00:00+00:00",
    rows={"orders": 1200},
    n_quarantined=3,
    quarantine="quarantine.parquet",
    times=Times({"build_feature_table": 4.0}, (), 9.0),
    backfill=Backfill((FEBRUARY, date(2024, 3, 1)), (), 5481, 7, "tables/shop"),
    n_published=2000,
)


def shown(outcome, hints=HERE):
    console = Console(file=io.StringIO(), width=110)
    show_outcome(console, outcome, hints)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_backfill_says_which_dates_how_many_rows_and_where():
    lines = shown(BACKFILLED)

    assert "Built        2 dates: 2024-02-01 to 2024-03-01" in lines
    assert "Reused       no date" in lines
    assert "Features     5,481 rows, version 7, tables/shop" in lines
    assert "Online       2,000 customers" in lines
    assert "Quarantine   quarantine.parquet" in lines
    assert not BACKFILLED.refused


def test_a_backfill_is_one_json_document_and_one_line_for_an_alerter():
    told = json.loads(BACKFILLED.as_json())

    assert told["backfill"]["built"] == ["2024-02-01", "2024-03-01"]
    assert BACKFILLED.message == (
        "features-1: 2 dates built, 0 reused, 2000 customers online"
    )


FOLLOWED = Followed(
    run="rollback-1",
    times=Times({"repair_mirrors": 1.0}, (), 5.0),
    version="2",
    repairs=("stage production to version 2", "tag approved on version 2"),
    page="models.html",
)


def test_what_followed_says_what_is_live_what_was_repaired_and_where_the_page_is():
    lines = shown(FOLLOWED)

    assert "Live     version 2, verified" in lines
    assert "Page         models.html" in lines
    assert "Next         make serve answers with it" in lines
    assert any("stage production to version 2; tag approved" in line for line in lines)
    assert FOLLOWED.message == "rollback-1: version 2 is live and answers"
    assert json.loads(FOLLOWED.as_json())["version"] == "2"


STAYS = Deployed(
    run="deployment-1",
    times=Times({}, (), 5.0),
    decision=RolloutDecision(
        to="stay",
        version="4",
        reason="stays in shadow: paused: `rollout resume` lets it go on",
        rollout="quick",
        phase="shadow",
        gates=(
            GateResult("near", "undecided", True, None, 0.1, "not yet"),
            GateResult("fast", "undecided", False, None, 0.1, "not yet"),
        ),
        waits_for=("paused",),
        begins=None,
    ),
    confirmation=Confirmation("2", True, False, "version 2, beside version 4"),
    server="http://127.0.0.1:8080",
    repairs=(),
    page="models.html",
)


def test_a_gate_of_a_rollout_that_is_not_decided_yet_did_not_fail():
    lines = shown(STAYS)

    assert any(line.split()[:2] == ["wait", "near"] for line in lines)
    assert any(line.split()[:2] == ["open", "fast"] for line in lines)
    assert not any("FAIL" in line for line in lines)


def test_a_server_that_is_left_running_is_named_with_how_it_is_stopped():
    lines = shown(STAYS, Hints("telco"))

    told = "answers at http://127.0.0.1:8080/predict and keeps running"
    assert any(told in line for line in lines)
    assert "To stop it   python run.py server stop --dataset telco" in lines


def test_a_look_that_changed_nothing_is_one_line_with_commands_to_copy():
    console = Console(file=io.StringIO(), width=40)

    show_look(console, STAYS, Hints("telco"))

    (line,) = console.file.getvalue().splitlines()
    assert '`python run.py rollout resume --reason "..." --dataset telco`' in line
    assert STAYS.is_same
    assert not replace(STAYS, repairs=("stage",)).is_same


SCORED = BatchScored(
    run="batch_inference-1",
    source="shop.db",
    as_of="2024-04-01T00:00:00+00:00",
    rows={"orders": 1200},
    n_quarantined=0,
    quarantine="quarantine.parquet",
    times=Times({"score_customers": 4.0}, (), 9.0),
    current=CurrentRows(
        snapshot_date=date(2024, 4, 1),
        n_rows=5000,
        is_built=False,
        feature_version="f",
        data_version="d",
        address="tables/features/shop",
    ),
    scored=Scored(
        model="churn-shop",
        snapshot_date=date(2024, 4, 1),
        origin=Origin(
            model_version="3",
            bundle_sha256="b",
            feature_version="f",
            data_version="d",
            scored_at=datetime(2024, 4, 1, 2, tzinfo=UTC),
        ),
        plan=BatchPlan("targets", TargetPlan(None, None, None), 2),
        economics=Economics(10.0, 1.0, 0.3),
        n_rows=5000,
        n_scored=4998,
        n_quarantined=2,
        quarantined_because={"visits: too large": 2},
        n_left=1869,
        n_contacted=300,
        n_listed=250,
        n_explained=250,
        mean_probability=0.0525,
        listed_net_value_eur=4353.4,
        table_version=7,
        address="tables/scores/churn-shop",
        quarantine_address="tables/scores_quarantine/churn-shop",
    ),
    exported=Exported(250, "exports/2024-04-01.csv", "sqlite:///crm.db"),
    report="output.html",
)


def test_a_nights_scores_say_who_was_scored_who_was_not_and_where_the_list_is():
    lines = " ".join(" ".join(shown(SCORED)).split())

    for told in (
        "Customers 5,000 on 2024-04-01, features stored before, on the same data",
        "Scored 4,998 by version 3, mean probability 5.2%",
        "Have left 1,869 of them by the source's own column; not contacted",
        "Put aside 2: 2 visits: too large",
        "Targets 250 of 300 worth a contact, 4,353 EUR expected of them, with reasons",
        "Report output.html",
    ):
        assert told in lines


def test_places_of_a_nights_scores_are_each_whole_on_a_line_however_long():
    far = "/a/long/way" * 20
    places = {"address": f"{far}/s", "quarantine_address": f"{far}/q"}
    outcome = replace(
        SCORED,
        n_quarantined=1,
        quarantine=f"{far}/rows",
        scored=replace(SCORED.scored, **places),
        exported=Exported(250, f"{far}/1.csv", f"sqlite://{far}.db"),
    )

    lines = shown(outcome)

    for line in (
        f"Scores       {far}/s",
        f"Not scored   {far}/q",
        f"List (CSV)   {far}/1.csv",
        f"List (CRM)   sqlite://{far}.db",
        f"Quarantine   {far}/rows",
    ):
        assert line in lines


def test_where_nobody_left_and_no_place_is_named_the_terminal_says_so():
    whole = replace(SCORED.scored, n_left=0)

    lines = shown(replace(SCORED, scored=whole, exported=Exported(9, None, None)))

    assert not any("Have left" in line for line in lines)
    assert any("nowhere: the stack names neither" in line for line in lines)
    assert not any("List (" in line for line in lines)


def test_a_nights_scores_are_one_json_document_and_one_line_for_an_alerter():
    found = json.loads(SCORED.as_json())

    assert found["scored"]["origin"]["model_version"] == "3"
    assert found["exported"]["n_customers"] == 250
    assert found["scored"]["n_left"] == 1869
    assert SCORED.message == (
        "batch_inference-1: 4998 customers of 2024-04-01 scored by version 3, 250 on "
        "the target list"
    )
    assert not SCORED.refused
