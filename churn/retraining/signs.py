"""What the rules of retraining take from the record of one look at a model."""

from churn.monitoring.health import Health, Measured
from churn.retraining.decision import Alarm, Drifted, Figure, Signs

NO_LABELS = "labels, of which none has come"
MATURED = "matured labels"
EARLY = "labels so far, corrected for those to come"


def signs_of(health: Health) -> Signs:
    """Alarms that stand, figures by labels and drift of features.

    Figures are those of matured cohorts; until there is one, those of cohorts whose
    labels have partly come.
    """
    measured = health.measured or health.early
    labels = MATURED if health.measured else EARLY if health.early else NO_LABELS
    return Signs(
        version=health.version,
        as_of=health.as_of,
        verdict=health.verdict,
        alarms=tuple(Alarm(h.name, h.kind, h.sentence) for h in health.alarms),
        labels=labels,
        measured=_figures(measured) if measured else {},
        drift={
            drift.name: Drifted(drift.distances.psi, drift.distances.ks_p_value)
            for drift in health.drift
            if drift.distances is not None
        },
    )


def _figures(measured: Measured) -> dict[str, Figure]:
    before = measured.reference
    return {
        name: Figure(found, before.get(name))
        for name, found in measured.figures.items()
    }
