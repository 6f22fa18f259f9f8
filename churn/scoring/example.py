"""A customer to try a model with, as usual as its training knew them."""

from collections.abc import Mapping
from itertools import accumulate
from typing import Any

from churn.scoring.bundle import Bundle
from churn.scoring.inputs import Value
from churn.scoring.manifest import PROFILES, parse_json

CUSTOMER_ID = "example"
VALUE_EUR = 500.0
DIGITS = 2
HALF = 0.5


def example_customer(bundle: Bundle) -> dict[str, Any]:
    """A customer as ``POST /predict`` takes them, whose values raise no warning.

    Parameters
    ----------
    bundle : Bundle

    Returns
    -------
    dict
        ``customer_id``; ``customer_value``, the median in EUR a year, or 500 where
        none is known; ``values`` by feature, of its profile: the most frequent
        category, or a number at the median, whole where training's was, else of two
        decimals; None of what training always missed.
    """
    profiles = parse_json(PROFILES, bundle.files)["features"]
    features = bundle.manifest["features"]
    return {
        "customer_id": CUSTOMER_ID,
        "customer_value": _short(bundle.median_customer_value_eur or VALUE_EUR),
        "values": {f["name"]: _usual(f, profiles[f["name"]]) for f in features},
    }


def _usual(feature: Mapping[str, Any], profile: Mapping[str, Any]) -> Value:
    if profile["kind"] == "category":
        both = zip(profile["counts"], profile["categories"], strict=True)
        return max(both, key=lambda one: one[0], default=(0, None))[1]
    if not profile["edges"]:
        return None
    # An edge is a value of training: the largest of its bin.
    reached = list(accumulate(profile["counts"]))
    half = reached[-1] * HALF
    place = next(i for i, n in enumerate(reached) if n >= half)
    value = profile["edges"][min(place, len(profile["edges"]) - 1)]
    short = _short(value)
    return short if feature["min"] <= short <= feature["max"] else value


def _short(value: float) -> float:
    short = round(value, DIGITS)
    return int(short) if short == int(short) else short
