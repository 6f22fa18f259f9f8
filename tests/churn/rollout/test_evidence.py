"""What is made of the log's rows, and its files."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
from polars.testing import assert_frame_equal

from churn.rollout.evidence import gathered, nothing_seen
from churn.rollout.evidence_files import rollout_evidence_files, rollout_evidence_from

AT = datetime(2026, 3, 1, tzinfo=UTC)


def prediction(n: int, customer: str | None, **told):
    known = {
        "request_id": f"r{n}",
        "row": 0,
        "at": AT + timedelta(seconds=n),
        "customer": customer,
        "arm": "champion",
        "sequence": 7,
        "latency_us": 1500,
        "failed": None,
    }
    return known | told


def shadow(n: int, customer: str | None, **told):
    known = {
        "request_id": f"r{n}",
        "row": 0,
        "at": AT + timedelta(seconds=n),
        "customer": customer,
        "sequence": 7,
        "version": "4",
        "champion_probability": 0.25,
        "champion_contacted": False,
        "probability": 0.5,
        "is_contacted": True,
        "latency_us": 2000,
    }
    return known | told


def log():
    predictions = [
        prediction(1, "ada"),
        prediction(2, "bo", arm="challenger", failed="it raised"),
        prediction(3, None),
        prediction(4, "cy", sequence=6),
    ]
    shadows = [
        shadow(3, None),
        shadow(1, "ada", probability=None, is_contacted=None),
        shadow(4, "cy", sequence=6),
        shadow(5, "dan", version="3"),
    ]
    schema = {"failed": pl.String}
    return pl.DataFrame(predictions, schema_overrides=schema), pl.DataFrame(shadows)


def seen(**told):
    return gathered(*log(), version="4", sequence=7, alarm=None, **told)


def test_only_rows_of_the_version_since_the_phase_began_count():
    evidence = seen()

    assert evidence.pairs["champion"].to_list() == [0.25, 0.25]
    assert evidence.pairs["challenger"].to_list() == [None, 0.5]
    assert evidence.pairs["seconds"].to_list() == [0.002, 0.002]
    assert evidence.answers["is_challenger"].to_list() == [False, True, False]
    assert evidence.answers["is_failed"].to_list() == [False, True, False]


def test_a_customer_has_one_number_everywhere_and_one_without_name_its_own():
    labels = pl.DataFrame(
        {
            "customer": ["bo", "ada"],
            "snapshot_date": [date(2026, 3, 2), date(2026, 3, 1)],
            "is_churn": [True, False],
            "champion": [0.5, 0.5],
            "challenger": [0.75, 0.25],
        }
    )

    evidence = seen(outcomes=labels)
    ada, bo, nobody = evidence.answers["customer"].to_list()

    assert len({ada, bo, nobody}) == 3
    assert evidence.pairs["customer"].to_list() == [ada, nobody]
    assert evidence.outcomes["customer"].to_list() == [ada, bo]


def test_written_and_read_again_it_is_the_same():
    evidence = seen(note="a note")

    files = rollout_evidence_files(evidence)
    again = rollout_evidence_from(files)

    assert files == rollout_evidence_files(seen(note="a note"))
    assert_frame_equal(again.pairs, evidence.pairs)
    assert_frame_equal(again.answers, evidence.answers)
    assert_frame_equal(again.outcomes, evidence.outcomes)
    assert (again.alarm, again.note) == (None, "a note")


def test_nothing_seen_has_the_shape_of_something():
    nothing = nothing_seen("why", "an alarm")

    assert nothing.pairs.schema == seen().pairs.schema
    assert nothing.answers.schema == seen().answers.schema
    assert (len(nothing.outcomes), nothing.note, nothing.alarm) == (
        0,
        "why",
        "an alarm",
    )
