"""How every number and name is written on a page; the only place that rounds."""

import math
from collections.abc import Mapping
from typing import Literal

from churn.evaluation.scorecard import Estimate

Format = Literal["score", "loss", "share", "ratio", "eur", "count"]

UNDEFINED = "undefined"
SIGNIFICANT_DIGITS = 3
MOST_DECIMALS = 4
SMALLEST_SHARE = 0.0005
SMALL_SUM_EUR = 10
SUFFIX: Mapping[Format, str] = {"share": "%", "ratio": "×", "eur": " EUR"}


def number(value: float | None, form: Format) -> str:
    """Write one number with its unit; ``None`` is said in words.

    Examples
    --------
    >>> number(0.84567, "score"), number(0.1234, "share"), number(None, "eur")
    ('0.846', '12.3%', 'undefined')
    >>> number(-1234.5, "eur"), number(3.456, "ratio"), number(12345, "count")
    ('−1,234 EUR', '3.46×', '12,345')
    """
    if value is None:
        return UNDEFINED
    if form == "share" and 0 < value < SMALLEST_SHARE:
        return "under 0.1%"
    return _digits(value, form, _decimals(value, form)) + SUFFIX.get(form, "")


def bounds(estimate: Estimate, form: Format) -> str:
    """Write the interval alone, to the precision of its value.

    Examples
    --------
    >>> bounds(Estimate(4212.4, 3900.2, 4520.9, 500), "eur")
    '3,900 to 4,521'
    >>> bounds(Estimate(0.5, None, None, 1), "score")
    'interval undefined'
    """
    value, low, high = estimate.value, estimate.low, estimate.high
    if low is None or high is None:
        return "interval undefined"
    anchor = value or max(abs(low), abs(high))
    decimals = _decimals(anchor, form)
    unit = "" if form == "eur" else SUFFIX.get(form, "")
    return " to ".join(_digits(end, form, decimals) + unit for end in (low, high))


def estimated(estimate: Estimate | None, form: Format) -> str:
    """Write a figure with its interval.

    Examples
    --------
    >>> estimated(Estimate(0.82, 0.801, 0.8393, 2000), "score")
    '0.820 (0.801 to 0.839)'
    >>> estimated(Estimate(None, None, None, 0), "score")
    'undefined'
    """
    if estimate is None or estimate.value is None:
        return UNDEFINED
    return f"{number(estimate.value, form)} ({bounds(estimate, form)})"


def stated(value: float, form: Format) -> str:
    """Write a number that somebody chose, as it was chosen.

    Examples
    --------
    >>> stated(0.78, "score"), stated(0.75, "share"), stated(-1500.0, "eur")
    ('0.78', '75%', '−1,500 EUR')
    """
    shown = round(value * 100, 9) if form == "share" else value
    sign = "−" if shown < 0 else ""
    return f"{sign}{abs(shown):,.10g}{SUFFIX.get(form, '')}"


def signed(value: float | None, form: Format) -> str:
    """Write a difference, with its sign also when positive.

    Examples
    --------
    >>> signed(0.0123, "score"), signed(-0.5, "share"), signed(0.0, "eur")
    ('+0.0123', '−50.0%', '0 EUR')
    """
    return ("+" if value is not None and value > 0 else "") + number(value, form)


def tick(value: float, form: Format, step: float) -> str:
    """Write an axis label with the decimals that its step needs, and no unit of money.

    Examples
    --------
    >>> tick(0.25, "share", 0.25), tick(2000, "eur", 500), tick(0.0, "score", 0.05)
    ('25%', '2,000', '0.00')
    """
    shown = step * 100 if form == "share" else step
    decimals = max(0, -math.floor(math.log10(shown) + 1e-9))
    if not math.isclose(shown * 10**decimals, round(shown * 10**decimals)):
        decimals += 1
    unit = "" if form == "eur" else SUFFIX.get(form, "")
    return _digits(value, form, decimals) + unit


def readable(name: str) -> str:
    """Turn a name of the code into words.

    Examples
    --------
    >>> readable("beats_best_rule")
    'Beats best rule'
    """
    return capital(name.replace("_", " ").strip())


def capital(text: str) -> str:
    """Begin with a capital letter, unless with a name of the code.

    Examples
    --------
    >>> capital("the rest"), capital("tenure_days above 7")
    ('The rest', 'tenure_days above 7')
    """
    if "_" in text.partition(" ")[0]:
        return text
    return text[:1].upper() + text[1:]


def inner(label: str) -> str:
    """Write a label as it stands inside a sentence.

    Examples
    --------
    >>> inner("Net value"), inner("ROC-AUC"), inner("F1")
    ('net value', 'ROC-AUC', 'F1')
    """
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def plural(count: int, noun: str) -> str:
    """Write a count with its noun.

    Examples
    --------
    >>> plural(1, "row"), plural(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _decimals(value: float, form: Format) -> int:
    if form == "count":
        return 0
    if form == "share":
        return 1
    if form == "loss":
        return MOST_DECIMALS
    if form == "eur":
        return 2 if 0 < abs(value) < SMALL_SUM_EUR else 0
    if value == 0:
        return 0
    leading = math.floor(math.log10(abs(value)))
    return min(MOST_DECIMALS, max(0, SIGNIFICANT_DIGITS - 1 - leading))


def _digits(value: float, form: Format, decimals: int) -> str:
    shown = round(value * 100 if form == "share" else value, decimals)
    sign = "−" if shown < 0 else ""
    return f"{sign}{abs(shown):,.{decimals}f}"
