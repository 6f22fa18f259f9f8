"""What tests of harm and their units are called on the page of a model's health."""

from datetime import date

from churn.report.formats import Format, readable

TESTS = {
    "estimated_ranking": "Ranking, estimated",
    "matured_ranking": "Ranking, by labels",
    "matured_calibration": "Calibration, by labels",
    "matured_net_value": "Net value, by labels",
    "volume": "Volume",
    "quality": "Data quality",
}
FORMS: dict[str, Format] = {
    "ROC-AUC": "score",
    "share": "share",
    "ratio": "ratio",
    "EUR per 1,000": "eur",
}

CHANCE_TODAY = (
    "The intervals allow for which customers happened to be scored, and leave out the "
    "reference's own error, which the estimates at the top and the tests allow for too."
)


def name_of(name: str) -> str:
    """The words for a test.

    Examples
    --------
    >>> name_of("matured_ranking:plan=basic"), name_of("volume:batch")
    ('Ranking, by labels: plan = basic', 'Volume: batch')
    """
    kind, _, of = name.partition(":")
    words = TESTS.get(kind) or readable(kind)
    return f"{words}: {of.replace('=', ' = ').replace('_', ' ')}" if of else words


def days(first: date, last: date) -> str:
    """A period, or its one day.

    Examples
    --------
    >>> days(date(2025, 3, 1), date(2025, 3, 31)), days(date.min, date.min)
    ('2025-03-01 to 2025-03-31', '0001-01-01')
    """
    return f"{first}" if first == last else f"{first} to {last}"


def form_of(unit: str) -> Format:
    """How a figure in a unit is written."""
    if "EUR" in unit:
        return "eur"
    if "share" in unit:
        return "share"
    return "score"
