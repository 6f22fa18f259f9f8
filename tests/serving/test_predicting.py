"""`POST /predict`: answers, warnings, reasons, canaries, and the log before all."""

import asyncio
import math
from concurrent.futures import ThreadPoolExecutor

import pytest

from churn.scoring.bundle import open_bundle
from serving.worker import share_of
from storage.predictions.record import Prediction
from tests.serving.running import asked
from tests.serving.served import CUSTOMER, FORMAT_1, in_process, shop, small
from tests.serving.small_bundles import TRAP

VALUE = 840.0


def sigmoid(slope: float, tenure: float) -> float:
    return 1 / (1 + math.exp(-slope * tenure))


def test_a_customer_gets_probability_decision_threshold_and_version(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    answer = server.post(asked(0.5, "c1"))

    p = sigmoid(1.0, 0.5)
    # Contacting a churner brings 0.3 * (840 - 60) - 5 = 229, a loyal one -65.
    expected = {
        "customer_id": "c1",
        "model_version": "1.0",
        "probability": pytest.approx(p, abs=1e-7),
        "decision": "contact",
        "threshold": pytest.approx(65 / 294, abs=1e-12),
        "expected_net_value_eur": pytest.approx(229 * p - 65 * (1 - p), abs=1e-4),
        "warnings": [],
    }
    assert answer.status == 200
    assert answer.json["predictions"] == [expected]
    assert answer.json["model_version"] == "1.0"
    assert answer.headers["x-request-id"] == answer.json["request_id"]


def test_many_customers_are_answered_in_order_like_each_alone(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    customers = [asked(n / 50 - 2, f"c{n}") for n in range(150)]

    together = server.post({"customers": customers}).json["predictions"]

    alone = [server.post(one).json["predictions"][0] for one in customers[::10]]
    for many, one in zip(together[::10], alone, strict=True):
        assert many["customer_id"] == one["customer_id"]
        assert many["probability"] == pytest.approx(one["probability"], abs=1e-15)
        assert many["decision"] == one["decision"]


def test_one_row_is_decided_as_in_an_array_to_the_bit(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    values = [0.0, 59.99, 60.0, 76.66, 76.67, 100.1, 840.0, 1e12]
    customers = [asked(0.1) | {"customer_value": value} for value in values]

    together = server.post({"customers": customers}).json["predictions"]

    assert [server.post(one).json["predictions"][0] for one in customers] == together
    assert together[0]["threshold"] is None
    assert together[0]["decision"] == "no_contact"


def test_without_a_value_the_usual_one_is_taken_and_said(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    given = server.post(asked(0.5) | {"customer_value": 500.0}).json["predictions"][0]
    absent = server.post(asked(0.5) | {"customer_value": None}).json["predictions"][0]

    assert absent == given | {"warnings": ["missing: customer_value"]}


def test_a_model_that_knows_no_usual_value_asks_for_one(tmp_path):
    server = in_process(tmp_path, shop())

    answer = server.post({"values": CUSTOMER})

    assert answer.status == 422
    assert answer.json["field"] == "customer_value"


def test_what_training_never_saw_is_scored_and_said(tmp_path):
    server = in_process(tmp_path, shop())
    strange = CUSTOMER | {"plan": "gold", "visits": 10, "tenure_days": None}

    answer = server.post({"customer_value": VALUE, "values": strange})

    warnings = answer.json["predictions"][0]["warnings"]
    assert sorted(warnings) == [
        "missing: tenure_days",
        "out_of_range: visits",
        "unknown_category: plan",
    ]


def test_the_score_is_the_bundles_own(tmp_path):
    server = in_process(tmp_path, shop())
    loaded = server.served.champion
    columns, _ = loaded.inputs.columns([CUSTOMER])

    answer = server.post({"customer_value": VALUE, "values": CUSTOMER})

    (expected,) = open_bundle(FORMAT_1).score(columns)
    assert answer.json["predictions"][0]["probability"] == expected


def test_reasons_are_as_many_as_asked_and_all_sum_to_the_score(tmp_path):
    server = in_process(tmp_path, shop())
    body = {"customer_value": VALUE, "values": CUSTOMER}

    three = server.post(body, "/predict?reasons=3").json["predictions"][0]
    every = server.post(body, "/predict?reasons=100").json["predictions"][0]

    moved = every["probability"] - every["base_probability"]
    assert len(every["reasons"]) == 5
    assert three["reasons"] == every["reasons"][:3]
    assert sum(reason["share"] for reason in every["reasons"]) == pytest.approx(moved)
    assert "reasons" not in server.post(body).json["predictions"][0]


@pytest.mark.parametrize("text", ["-1", "101", "x", "", "%C2%B2", "1.0", "٣"])
def test_a_number_of_reasons_that_is_none_is_refused(tmp_path, text):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    answer = server.post(asked(0.5), f"/predict?reasons={text}")

    assert answer.status == 400
    assert answer.json["field"] == "reasons"


@pytest.mark.parametrize(
    ("query", "told"),
    [("reason=3", "nearest is reasons"), ("x", "known are reasons")],
)
def test_an_unknown_parameter_is_refused_and_the_nearest_named(tmp_path, query, told):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    answer = server.post(asked(0.5), f"/predict?{query}")

    assert answer.status == 400
    assert answer.json["field"] == query.partition("=")[0]
    assert told in answer.json["detail"]


def test_the_log_holds_what_was_answered_before_it_leaves(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    answer = server.post(asked(5.0, "c1"))

    (record,) = server.logged()
    assert isinstance(record, Prediction)
    assert record.request_id == answer.json["request_id"]
    assert record.customer == "c1"
    assert record.values == {"tenure": 5.0}
    assert record.probability == answer.json["predictions"][0]["probability"]
    assert record.warnings == ("out_of_range: tenure",)
    assert (record.version, record.sequence, record.arm) == ("1.0", 7, "champion")


def test_an_answer_that_cannot_be_logged_does_not_leave(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    server.state.log.rmdir()
    server.state.log.write_text("a file where the folder was")

    answer = server.post(asked(0.5))

    assert answer.status == 503
    assert "log" in answer.json["detail"]


def test_a_server_told_to_serve_without_a_log_answers(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0), full_disk="serve")
    server.state.log.rmdir()
    server.state.log.write_text("a file where the folder was")

    assert server.post(asked(0.5)).status == 200


def test_customers_are_hashed_where_a_key_is_given(tmp_path):
    key = tmp_path / "key"
    key.write_text("0123456789abcdef")
    server = in_process(tmp_path, small(tmp_path, 1.0), customer_key=f"file:{key}")

    answer = server.post(asked(0.5, "anna"))

    (record,) = server.logged()
    assert answer.json["predictions"][0]["customer_id"] == "anna"
    assert record.customer not in {None, "anna"}
    assert len(record.customer) == 32


def test_each_customer_of_a_canary_has_one_arm(tmp_path):
    bundles = small(tmp_path, 1.0), small(tmp_path, 2.0)
    server = in_process(tmp_path, *bundles, weight=0.3)
    customers = [asked(0.5, f"c{n}") for n in range(300)]

    together = server.post({"customers": customers}).json
    alone = server.post(customers[4]).json

    versions = [one["model_version"] for one in together["predictions"]]
    assert versions == [
        "2.0" if share_of(f"c{n}", "2.0") < 0.3 else "1.0" for n in range(300)
    ]
    assert together["model_version"] is None
    assert alone["model_version"] == versions[4]
    for one in together["predictions"]:
        slope = float(one["model_version"])
        assert one["probability"] == pytest.approx(sigmoid(slope, 0.5), abs=1e-7)


def test_a_customer_without_a_name_belongs_where_the_request_does(tmp_path):
    bundles = small(tmp_path, 1.0), small(tmp_path, 2.0)
    server = in_process(tmp_path, *bundles, weight=0.5)
    body = {"customers": [{"values": {"tenure": 0.5}}] * 4}

    answers = [server.post(body, x_request_id=f"r{n}").json for n in range(20)]

    versions = [answer["model_version"] for answer in answers]
    assert versions == [
        "2.0" if share_of(f"r{n}", "2.0") < 0.5 else "1.0" for n in range(20)
    ]


def test_where_the_challenger_fails_the_champion_answers(tmp_path):
    bundles = small(tmp_path, 1.0), small(tmp_path, 2.0, trap="raise")
    server = in_process(tmp_path, *bundles, weight=1.0)
    tenures = [0.5, TRAP + 1, 1.0]

    answer = server.post({"customers": [asked(t, f"c{t}") for t in tenures]})

    records = server.logged()
    versions = [one["model_version"] for one in answer.json["predictions"]]
    assert versions == ["2.0", "1.0", "2.0"]
    assert [record.arm for record in records] == ["challenger"] * 3
    assert [record.failed is not None for record in records] == [False, True, False]
    words = server.served.arms._words
    assert list(words) == [0, 0, 0, 3, 1, 0]


def test_rows_that_nobody_answers_count_for_their_arm(tmp_path):
    bad = small(tmp_path, 1.0, trap="raise")
    server = in_process(tmp_path, bad, small(tmp_path, 2.0, trap="raise"), weight=0.3)
    names = [f"c{n}" for n in range(20)]
    n_canary = sum(share_of(name, "2.0") < 0.3 for name in names)

    alone = [server.post(asked(TRAP + 1, name)).status for name in names]
    batch = server.post(
        {
            "customers": [asked(0.5, n) for n in names[:1]]
            + [asked(TRAP + 1, name) for name in names[1:]]
        }
    )

    assert {*alone, batch.status} == {500}
    is_first = share_of(names[0], "2.0") < 0.3
    challenger = 2 * n_canary - is_first
    champion = 2 * len(names) - 1 - challenger
    words = server.served.arms._words
    assert list(words) == [champion, champion, 0, challenger, challenger, 0]


def test_what_is_no_probability_is_no_answer(tmp_path):
    alone = in_process(tmp_path / "a", small(tmp_path / "a", 1.0))
    canary = in_process(tmp_path / "b", shop(), small(tmp_path / "b", 2.0), weight=1.0)
    nothing = {"customer_value": VALUE, "values": CUSTOMER | {"tenure": None}}

    failed = alone.post({"values": {"tenure": None}})
    answered = canary.post(nothing).json["predictions"][0]

    assert failed.status == 500
    assert alone.logged() == []
    assert answered["model_version"] == "1"
    assert canary.logged()[0].failed == "ModelError: version 2.0 gave no probability"


def test_what_both_versions_refuse_is_no_failure_of_the_challenger(tmp_path):
    bundles = small(tmp_path, 1.0), small(tmp_path, 2.0)
    server = in_process(tmp_path, *bundles, weight=0.5)
    customers = [asked(0.5, f"c{n}") for n in range(20)]
    customers[13]["values"] = {"tenure": "long"}

    answer = server.post({"customers": customers})

    assert answer.status == 422
    assert answer.json["field"] == "customers[13].values.tenure"
    assert list(server.served.arms._words) == [0] * 6
    assert server.logged() == []


def test_a_large_batch_does_not_keep_others_waiting(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))
    customers = [asked(0.5, f"c{n}") for n in range(500)]

    with ThreadPoolExecutor(4) as pool:
        bodies = [{"customers": customers}] * 4
        statuses = [one.status for one in pool.map(server.post, bodies)]

    assert statuses == [200] * 4


def test_a_server_without_a_release_is_not_ready(tmp_path):
    server = in_process(tmp_path)

    assert server.post(asked(0.5)).status == 503
    assert server.ask("GET", "/health/ready").status == 503
    assert server.ask("GET", "/health/live").status == 200


def test_a_request_answers_to_the_name_it_brings(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    named = server.post(asked(0.5), x_request_id="order-66")
    strange = server.post(asked(0.5), x_request_id="a b\x01")

    assert named.json["request_id"] == named.headers["x-request-id"] == "order-66"
    assert strange.headers["x-request-id"] != "a b\x01"


def test_many_requests_at_once_share_no_names(tmp_path):
    server = in_process(tmp_path, small(tmp_path, 1.0))

    async def ask() -> list[str]:
        bodies = [server._ask("POST", "/predict", b"{}", {}) for _ in range(50)]
        return [one.headers["x-request-id"] for one in await asyncio.gather(*bodies)]

    assert len(set(asyncio.run(ask()))) == 50
