"""How a server fares, as a page tells it."""

from churn.monitoring.server import health_of
from churn.report.blocks import Facts, Prose
from churn.report.health_server import server_section
from tests.churn.monitoring.test_server import at


def test_a_server_is_told_with_its_versions_rates_and_times():
    section = server_section(health_of("http://s:8080", at(100.0), None), "")

    facts = next(block for block in section.blocks if isinstance(block, Facts))
    told = dict(facts.items)
    assert told["Address"] == "http://s:8080"
    assert "version" in told["Serves"]
    assert "requests and" in told["Traffic"]
    assert "p99" in told["Answers"]


def test_without_a_server_it_is_said_why():
    (block,) = server_section(None, "Nobody answers.").blocks

    assert block == Prose(text="Nobody answers.")
    assert server_section(None, "").blocks == ()
