"""A feature whose news is gone once snapshots move earlier: it was dated back."""

from collections.abc import Iterator, Sequence

from churn.features.declarations import Feature
from churn.leaks.auc import vanished
from churn.leaks.earlier import Moved
from churn.leaks.plan import LeakPlan
from churn.leaks.reading import Seen
from churn.leaks.single_feature import rank_alone


def moved_earlier(
    train: Moved, test: Moved, features: Sequence[Feature], plan: LeakPlan
) -> Iterator[Seen]:
    """Compare what each feature alone tells at the snapshot and some days earlier.

    What predicts leaving a month ahead still predicts something two months ahead.
    What was booked back by a while from the leaving itself does not.

    Yields
    ------
    Seen
        ``observed`` is by how much more of the lead over guessing is lost than kept;
        features whose AUC is undefined are left out.
    """
    for feature in features:
        later = rank_alone(train.later, test.later, feature.name, bins=plan.bins)
        then = rank_alone(train.earlier, test.earlier, feature.name, bins=plan.bins)
        if later is not None and then is not None:
            words = (
                f"ranks with roc_auc {later.value:.3f} at the snapshot and with "
                f"{then.value:.3f} when built {plan.shift_days} days earlier"
            )
            yield Seen(feature.name, vanished(later, then), words)
