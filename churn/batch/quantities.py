"""A feature's number as a person says it: with its unit, and no false precision."""

MONEY = {"cents": "EUR", "pence": "GBP", "usd": "USD", "eur": "EUR"}
HUNDREDTHS = frozenset({"cents", "pence"})
BARE = frozenset({"events", "ratio", "text", ""})
"""Units that the feature's meaning says already."""

TRUTHS = {0.0: "no", 1.0: "yes"}
SPANS = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))
SMALLEST_SPANS = 2
EXACT_BELOW = 100
"""Below it three significant digits are shown, from it on whole numbers."""


def quantity(value: float, unit: str) -> str:
    """Write a number that is known, in its unit.

    Parameters
    ----------
    unit : str
        As the feature declares it, for example ``cents`` or ``usd per month``.

    Examples
    --------
    >>> quantity(3.0, "events"), quantity(1290.0, "cents"), quantity(0.333, "share")
    ('3', '12.90 EUR', '33.3%')
    >>> quantity(7.5, "usd per month"), quantity(1.0, "0 or 1")
    ('7.50 USD per month', 'yes')
    >>> quantity(1234.0, "days"), quantity(1.0, "days"), quantity(5400.0, "seconds")
    ('1,234 days', '1 day', '90 minutes')
    """
    if unit == "share":
        return f"{_plain(value * 100)}%"
    if unit == "0 or 1" and value in TRUTHS:
        return TRUTHS[value]
    if unit == "seconds":
        return _span(value)
    head, _, rest = unit.partition(" ")
    if head in MONEY:
        amount = value / 100 if head in HUNDREDTHS else value
        return " ".join(filter(None, (f"{amount + 0.0:,.2f}", MONEY[head], rest)))
    return _plain(value) if unit in BARE or unit == "0 or 1" else _counted(value, unit)


def _span(seconds: float) -> str:
    """In the largest unit of which there are two or more."""
    for unit, size in SPANS:
        if abs(seconds) >= SMALLEST_SPANS * size:
            return _counted(seconds / size, unit)
    return _counted(seconds, "seconds")


def _counted(value: float, unit: str) -> str:
    one = unit.removesuffix("s")
    return f"{_plain(value)} {one if value == 1 else unit}"


def _plain(value: float) -> str:
    if value == round(value) or abs(value) >= EXACT_BELOW:
        return f"{round(value):,}"
    return f"{value:.3g}"
