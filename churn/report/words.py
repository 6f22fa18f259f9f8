"""What figures, opponents and stages are called on a page, and how they are written.

What a figure means and which way is up is said once, in
``churn.evaluation.metrics``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from churn.evaluation.metrics import METRICS, OF_OPPONENTS, Better
from churn.report.formats import Format, inner, readable

DIRECTION: Mapping[Better, str] = {
    "higher": "higher is better",
    "lower": "lower is better",
    "near_one": "nearer to 1 is better",
    "near_zero": "nearer to 0 is better",
    "neither": "",
}


@dataclass(frozen=True)
class Metric:
    """The words for one figure; ``meaning`` is one sentence, or empty if unlisted."""

    label: str
    form: Format
    better: Better
    meaning: str


FORMS: Mapping[str, tuple[str, Format]] = {
    "roc_auc": ("ROC-AUC", "score"),
    "pr_auc": ("PR-AUC", "score"),
    "log_loss": ("Log loss", "loss"),
    "brier": ("Brier score", "loss"),
    "ece": ("Calibration error (ECE)", "score"),
    "calibration_slope": ("Calibration slope", "score"),
    "calibration_intercept": ("Calibration intercept", "score"),
    "top_decile_lift": ("Top-decile lift", "ratio"),
    "precision": ("Precision", "share"),
    "recall": ("Recall", "share"),
    "f1": ("F1", "score"),
    "contact_rate": ("Contact rate", "share"),
    "high_value_recall": ("High-value recall", "share"),
    "net_value_per_1000_eur": ("Net value per 1,000 customers", "eur"),
    "gain_over_contact_everybody_per_1000_eur": (
        "Gain over contacting everybody, per 1,000",
        "eur",
    ),
    "mpc_eur": ("MPC per customer", "eur"),
    "mpc_target_share": ("MPC: share contacted", "share"),
    "empc_eur": ("EMPC per customer", "eur"),
    "empc_target_share": ("EMPC: share contacted", "share"),
    "high_value_recall_at_contact_rate": (
        "High-value recall at the model's contact rate",
        "share",
    ),
    "high_value_recall_ratio": ("High-value recall ratio", "ratio"),
}

OPPONENTS: Mapping[str, str] = {
    "champion": "Champion",
    "logistic": "Plain logistic",
    "best_rule": "Best single rule",
    "majority": "Majority",
    "oracle": "Oracle",
}

KINDS: Mapping[str, str] = {
    "logistic_regression": "Logistic regression",
    "random_forest": "XGBoost random forest",
    "xgboost": "XGBoost boosting",
}

PROBES: Mapping[str, tuple[str, str]] = {
    "single_feature": (
        "Too good alone",
        "ROC-AUC of one feature; none should reach what the whole model honestly can",
    ),
    "moved_earlier": (
        "Gone when moved earlier",
        "ROC-AUC lost beyond what is kept, when snapshots move earlier and labels stay",
    ),
    "unavailable": (
        "Unavailable at serving",
        "share of what training rows hold that customers to be scored do not",
    ),
    "recency": (
        "Counted past the snapshot",
        "share of rows in which days since something cannot end at the snapshot",
    ),
}

STAGES: Mapping[str, str] = {
    "production": "{} is now in production.",
    "staging": "{} takes stage staging, where its rollout begins.",
    "waiting": "{} waits until the running rollout has ended.",
    "rejected": "{} will not serve.",
}


_NAME = re.compile(
    rf"(?<![^\W_])(?:{'|'.join(sorted(FORMS, key=len, reverse=True))})(?![^\W_])"
)


def metric(name: str) -> Metric:
    """Words for a figure; one that is not listed is guessed from its unit suffix.

    Examples
    --------
    >>> metric("roc_auc").label, metric("log_loss").better
    ('ROC-AUC', 'lower')
    >>> metric("refund_rate").label, metric("refund_rate").form
    ('Refund rate', 'share')
    """
    label, form = FORMS.get(name) or (readable(name), _form(name))
    known = METRICS.get(name) or OF_OPPONENTS.get(name)
    if known is None:
        return Metric(label, form, "neither", "")
    return Metric(label, form, known.better, readable(known.meaning) + ".")


def in_order(names: Iterable[str]) -> list[str]:
    """Names of figures in the order of the list of metrics, unlisted ones last.

    Examples
    --------
    >>> in_order(["recall", "zeal", "roc_auc"])
    ['roc_auc', 'recall', 'zeal']
    """
    place = {name: i for i, name in enumerate([*METRICS, *OF_OPPONENTS])}
    return sorted(names, key=lambda name: (place.get(name, len(place)), name))


def spoken(text: str) -> str:
    """Put the label of each listed figure in the place of its name.

    Examples
    --------
    >>> spoken("gain in log_loss over roc_auc")
    'gain in log loss over ROC-AUC'
    """
    return _NAME.sub(lambda name: inner(metric(name[0]).label), text)


def opponent_label(name: str) -> str:
    """What an opponent is called on a page."""
    return OPPONENTS.get(name) or readable(name)


def kind_label(kind: str) -> str:
    """What a kind of model is called on a page."""
    return KINDS.get(kind) or readable(kind)


def stage_sentence(stage: str | None, version: str | None) -> str:
    """Say what became of a version.

    Examples
    --------
    >>> stage_sentence("production", "12")
    'Version 12 is now in production.'
    >>> stage_sentence(None, None)
    'This version is not registered.'
    """
    subject = f"Version {version}" if version else "This version"
    if stage is None:
        return f"{subject} is not registered."
    return STAGES.get(stage, "{} is in stage " + stage + ".").format(subject)


def _form(name: str) -> Format:
    if name.endswith("_eur"):
        return "eur"
    return "share" if name.endswith(("_rate", "_share")) else "score"
