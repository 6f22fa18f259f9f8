"""What the story is about: the business, its calendar, and what is asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from datasets.subscriptions.plan import Simulation

DATASET, STACK = "subscriptions", "local"
SEED = 20240101
SERVERS = (
    '{folder: "${project}/servers", first_port: 8080, '
    "options: {segment_seconds: 1, ship_seconds: 1}}"
)


@dataclass(frozen=True, kw_only=True)
class Plot:
    """The business and the days on which something is done.

    Parameters
    ----------
    first_training, better_training : date
        What is known when the first models are made.
    calm : date
        The last night before the competitor appears.
    shock : date
        When the competitor appears.
    unlabelled, labelled : date
        Nights of monitoring: a month after the shock, and when the label window of
        those who were scored then has closed.
    retraining : date
        When a snapshot whose labels the shock has changed is there to calibrate by,
        and a later one to test on.
    after : date
        A night of the version that was trained again.
    asks_per_second : float
        What customers ask of the server, all the time.
    """

    n_customers: int
    n_days: int
    start: date
    first_training: date
    better_training: date
    calm: date
    shock: date
    unlabelled: date
    labelled: date
    retraining: date
    after: date
    asks_per_second: float

    @property
    def last(self) -> date:
        """The last day of the story."""
        return self.start + timedelta(days=self.n_days - 1)

    @property
    def changes(self) -> Mapping[str, tuple[str, ...]]:
        """What differs from the project's own configurations, by file."""
        return {
            "datasets/subscriptions": (
                f"simulation.seed={SEED}",
                f"simulation.n_customers={self.n_customers}",
                f"simulation.n_days={self.n_days}",
                f"simulation.start={self.start}",
                f"simulation.shock_date={self.shock}",
                "time_split.calibration_snapshots=1",
                "time_split.test_snapshots=1",
                "rollout=demo",
            ),
            "pipelines/training": (
                "search.trials=3",
                "search.max_rows=10000",
                "search.max_seconds=40",
                "evaluation.resamples=200",
                "probes.reseeds=0",
                "probes.timed_calls=60",
            ),
            # Whom the competitor lures has no session, and so no price of one: a tenth
            # lacks that value without anything being broken.
            "pipelines/monitoring": ("monitoring.tolerances.quality_share=0.15",),
            # Without these the log arrives a minute late.
            "stacks/local": (f"components.model_deployer.configuration={SERVERS}",),
        }


def business(plot: Plot) -> Simulation:
    """The business as the simulator is told of it."""
    return Simulation(
        seed=SEED,
        n_customers=plot.n_customers,
        n_days=plot.n_days,
        start=plot.start,
        shock_date=plot.shock,
    )


USUAL = Plot(
    n_customers=20_000,
    n_days=540,
    start=date(2024, 1, 1),
    first_training=date(2024, 8, 28),
    better_training=date(2024, 10, 20),
    calm=date(2024, 10, 20),
    shock=date(2024, 10, 27),
    unlabelled=date(2024, 11, 24),
    labelled=date(2025, 1, 25),
    retraining=date(2025, 1, 26),
    after=date(2025, 2, 2),
    asks_per_second=40.0,
)
