"""Commands that are named can be copied."""

import pytest

from cli.hints import Hints


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("`rollout status` tells", "`python run.py rollout status X` tells"),
        ("`models promote 4`", '`python run.py models promote 4 --reason "..." X`'),
        ("`models history`", "`python run.py models history X`"),
        (
            "`models rollback --reason bad`",
            "`python run.py models rollback --reason bad X`",
        ),
        ("`python run.py serve`", "`python run.py serve X`"),
        ("`--pipeline deployment`", "`python run.py --pipeline deployment X`"),
        (
            "`python run.py --pipeline training --dataset bank`",
            "`python run.py --pipeline training --dataset bank --stack production`",
        ),
        ("`make serve` and `models`", "`make serve` and `models`"),
    ],
)
def test_a_command_in_a_text_is_made_whole(text, told):
    found = Hints("telco", "production").whole(text)

    assert found == told.replace("X", "--dataset telco --stack production")


def test_what_is_the_default_is_left_out():
    assert Hints().command("rollout status") == "python run.py rollout status"


def test_making_it_whole_twice_changes_nothing():
    once = Hints("telco", "production").whole("`rollout abort`")

    assert Hints("telco", "production").whole(once) == once
