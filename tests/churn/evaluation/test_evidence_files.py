from dataclasses import replace

import msgspec
import pytest

from churn.evaluation.evidence_files import RECORD, evidence_files, evidence_from
from tests.evidences import evidence

FOUND = evidence(champion_auc=0.8)


def test_evidence_comes_back_equal():
    back = evidence_from(evidence_files(FOUND))

    assert back.rows.equals(FOUND.rows)
    assert back.rows.schema == FOUND.rows.schema
    assert back.behaviour.schema == FOUND.behaviour.schema
    assert replace(back, rows=0, behaviour=0) == replace(FOUND, rows=0, behaviour=0)


def test_equal_evidence_gives_equal_bytes():
    assert evidence_files(FOUND) == evidence_files(evidence(champion_auc=0.8))


def test_a_field_of_another_type_is_refused():
    files = evidence_files(FOUND)
    record = msgspec.json.decode(files[RECORD]) | {"champion_is_same_bundle": "no"}

    with pytest.raises(msgspec.ValidationError, match="champion_is_same_bundle"):
        evidence_from(files | {RECORD: msgspec.json.encode(record)})
