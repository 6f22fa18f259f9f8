"""Whom to contact, given a probability and what a customer is worth.

One function for server, scorecard, batch and target list. Knows no models.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from churn.ranges import at_least, within

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Economics:
    """What keeping a customer costs and how often it works.

    Parameters
    ----------
    offer_eur : float
        Cost of the offer to whoever accepts it; loyal customers always do.
    contact_eur : float
        Cost of one contact, successful or not.
    acceptance_rate : float in [0, 1]
        Share of contacted churners who accept and stay.
    """

    offer_eur: float
    contact_eur: float
    acceptance_rate: float

    def __post_init__(self) -> None:
        """Refuse negative costs and a rate that is none."""
        at_least("economics.offer_eur", self.offer_eur, 0)
        at_least("economics.contact_eur", self.contact_eur, 0)
        within("economics.acceptance_rate", self.acceptance_rate, 0, 1)


def expected_net_value(
    probability: Floats, customer_value: Floats, economics: Economics
) -> Floats:
    """Money gained on average by contacting each customer.

    Parameters
    ----------
    probability : ndarray of shape (n_customers,), float in [0, 1]
        Calibrated probability of churn.
    customer_value : ndarray of shape (n_customers,), EUR per year
        What is kept when a churner stays.

    Returns
    -------
    ndarray of shape (n_customers,), EUR

    References
    ----------
    Verbraken, Verbeke, Baesens (2013), "A novel profit maximizing metric",
    IEEE TKDE 25(5), equation for the profit of one contact, with each
    customer's own value.

    Examples
    --------
    >>> e = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)
    >>> expected_net_value(np.array([0.0, 1.0]), np.array([200.0, 200.0]), e)
    array([-11.,  56.])
    """
    kept = economics.acceptance_rate * (customer_value - economics.offer_eur)
    if_churner = kept - economics.contact_eur
    if_loyal = -(economics.offer_eur + economics.contact_eur)
    return probability * if_churner + (1 - probability) * if_loyal


def contact(
    probability: Floats, customer_value: Floats, economics: Economics
) -> NDArray[np.bool_]:
    """Whether contacting each customer is worth more than it costs."""
    return expected_net_value(probability, customer_value, economics) > 0


def threshold(customer_value: Floats, economics: Economics) -> Floats:
    """Probability of churn above which contacting each customer pays.

    Parameters
    ----------
    customer_value : ndarray of shape (n_customers,), EUR per year

    Returns
    -------
    ndarray of shape (n_customers,), float in [0, 1)
        NaN where no probability makes a contact worth what it costs.

    Examples
    --------
    >>> e = Economics(offer_eur=10, contact_eur=1, acceptance_rate=0.3)
    >>> threshold(np.array([200.0, 10.0]), e).round(4)
    array([0.1642,    nan])
    """
    cost = economics.offer_eur + economics.contact_eur
    gain = cost + expected_net_value(np.ones(1), customer_value, economics)
    worth = gain > cost
    return np.where(worth, cost / np.where(worth, gain, 1.0), np.nan)
