"""The page of a decision whether to train again."""

from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from churn.report.retraining import retraining_page
from churn.retraining.decide import decide
from churn.retraining.plan import parse_trigger
from tests.churn.retraining.cases import HARM, NOW, case, signs
from tests.parsed_page import ParsedPage

CONFIGS = Path(__file__).resolve().parents[3] / "configs" / "retraining"


def page(name: str, **told) -> str:
    trigger = parse_trigger(yaml.safe_load((CONFIGS / f"{name}.yaml").read_text()))
    return retraining_page("bank", decide(trigger, case(**told)))


def test_the_answer_comes_first_then_every_rule_and_limit():
    drawn = page("weekly", trained_days=9, rested_days=9)

    text = ParsedPage(drawn).text
    wanted = ("Train again", "Fires", "Age", "Harm", "Allows", "Cool down", "Budget")
    places = [text.index(word) for word in wanted]
    assert places == sorted(places)
    assert "9 days" in text


@pytest.mark.parametrize(
    ("name", "told", "line"),
    [
        ("weekly", {"signs": None}, "the pipeline monitoring never ran"),
        ("weekly", {}, "No alarm stands"),
        ("weekly", {"signs": signs(alarms=(HARM,))}, HARM.sentence),
        ("never", {}, "This trigger has no rules"),
        ("never", {"asked": "<b>prices</b>"}, "&lt;b&gt;prices&lt;/b&gt;"),
        (
            "weekly",
            {"on_its_way": "3", "on_its_way_trained": NOW - timedelta(days=2)},
            "version 3, trained 2 days ago, is on its way",
        ),
    ],
)
def test_it_says_what_there_is_to_say(name, told, line):
    assert line in page(name, **told)
