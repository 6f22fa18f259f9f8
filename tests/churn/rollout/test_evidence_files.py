import json

from churn.rollout.evidence import nothing_seen
from churn.rollout.evidence_files import rollout_evidence_files


def test_each_frame_is_a_file_and_the_rest_is_json():
    files = rollout_evidence_files(nothing_seen("why"))

    assert sorted(files) == [
        "answers.parquet",
        "outcomes.parquet",
        "pairs.parquet",
        "record.json",
    ]
    assert json.loads(files["record.json"]) == {"alarm": None, "note": "why"}
