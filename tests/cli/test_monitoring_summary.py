"""A look at a model as the terminal tells it."""

from rich.console import Console

from cli.hints import Hints
from cli.monitoring_summary import monitoring_shown
from cli.outcome import Monitored, Times
from registry.alarming import Alerted
from tests.healths import full_health, harm, health, labelling


def shown(found):
    outcome = Monitored(
        run="a_run",
        times=Times({}, (), 1.0),
        health=found,
        labelling=labelling(),
        alerted=Alerted((), (), (), {}),
        label_quarantine="quarantine",
        repairs=(),
        page="health.html",
        evidently=None,
    )
    console = Console(width=300, record=True)
    for part in monitoring_shown(outcome, Hints()):
        console.print(part)
    return console.export_text()


def test_early_figures_stand_beside_matured_and_estimated_ones():
    text = shown(full_health())
    early = shown(full_health(measured=None))

    figure = "0.800 (0.760 to 0.840)"
    (row,) = [
        line for line in text.splitlines() if "ROC-AUC" in line and "made" in line
    ]
    assert f"{figure} by labels; {figure} by early labels, corrected; {figure}" in row
    assert f"{figure} by early labels, corrected" in early
    assert "by labels;" not in early


def test_what_the_verdict_says_is_not_said_again_below_it():
    found = harm()

    text = shown(health(found, sentence=found.sentence))

    assert text.count("ranked worse than when it was made") == 1
    assert "Ranking, by labels: Train again." in text
