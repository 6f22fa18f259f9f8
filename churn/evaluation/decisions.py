"""What the deployed decision catches and earns. Knows no probabilities."""

from collections.abc import Mapping

import numpy as np

from churn.evaluation.weighting import Bools, Floats, Kernel, Weights, ratio


def decisions(
    is_churn: Bools, contacted: Bools, net_value_eur: Floats, is_high_value: Bools
) -> Kernel:
    """Precision, recall, F1, contact rate, high-value recall and money of a decision.

    Parameters
    ----------
    contacted : ndarray of shape (n_rows,), bool
        Whom the decision contacts.
    net_value_eur : ndarray of shape (n_rows,), EUR
        What contacting the row brings, its label being known.
    is_high_value : ndarray of shape (n_rows,), bool
        Whose churners count for ``high_value_recall``.

    Returns
    -------
    Kernel
        Money is per 1,000 rows: against contacting nobody (which brings 0), and
        against contacting everybody.
    """
    columns = np.stack(
        [
            np.ones(is_churn.size),
            is_churn,
            contacted,
            contacted & is_churn,
            is_churn & is_high_value,
            contacted & is_churn & is_high_value,
            contacted * net_value_eur,
            net_value_eur,
        ]
    ).astype(np.float64)

    def measure(weights: Weights) -> Mapping[str, Floats]:
        n, churners, contacts, caught, high, high_caught, net, net_of_all = (
            columns @ weights
        )
        return {
            "precision": ratio(caught, contacts),
            "recall": ratio(caught, churners),
            "f1": ratio(2 * caught, contacts + churners),
            "contact_rate": ratio(contacts, n),
            "high_value_recall": ratio(high_caught, high),
            "net_value_per_1000_eur": ratio(1000 * net, n),
            "gain_over_contact_everybody_per_1000_eur": ratio(
                1000 * (net - net_of_all), n
            ),
        }

    return measure
