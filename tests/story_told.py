"""A story as it might have been told, for the page of it."""

from datetime import UTC, date, datetime

from churn.report.story_content import Answered, Chapter, Moment, Second, Story


def chapter(title="A leak", **changed):
    """One chapter that went well."""
    usual = {
        "title": title,
        "day": date(2024, 10, 20),
        "outcome": "Refused",
        "tone": "good",
        "sentence": "Version 2 knew the future.",
        "detail": "Cases were booked back.",
        "facts": (("ROC-AUC", "0.9 < 1"),),
        "links": (("Training report", "reports/2-planted-leak.html"),),
        "seconds": 21.4,
    }
    return Chapter(**(usual | changed))


def answered(**changed):
    """Three seconds, in the last of which one request is lost."""
    usual = {
        "n": 12,
        "n_lost": 1,
        "median_ms": 2.25,
        "p99_ms": 40.0,
        "by_version": {"1": 7, "4": 4},
        "seconds": (
            Second(second=0, answered={"1": 4}, n_lost=0),
            Second(second=1, answered={"1": 3, "4": 1}, n_lost=0),
            Second(second=2, answered={"4": 3}, n_lost=1),
        ),
        "switches": (Moment(1.0, "Version 4 enters canary", "nothing against it"),),
    }
    return Answered(**(usual | changed))


def story(**changed):
    """A story of one chapter whose one promise was kept."""
    usual = {
        "told_at": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        "business": "20,000 customers",
        "model": "churn-subscriptions-abc123",
        "chapters": (chapter(),),
        "answered": answered(),
        "promises": (("A planted leak is caught.", True),),
        "n_events": 17,
        "seconds": 345.6,
        "commands": (("A model", "python run.py --pipeline training"),),
    }
    return Story(**(usual | changed))
