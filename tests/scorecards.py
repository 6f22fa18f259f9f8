"""Hand-made scorecards, decisions and report contents for tests; nothing is random."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from churn.evaluation.metrics import METRICS
from churn.evaluation.scorecard import (
    CurvePoint,
    Estimate,
    Figures,
    LeakReading,
    LeakReport,
    Opponent,
    Scorecard,
    Slice,
)
from churn.features.declarations import Age, Attribute, Feature, Recency, Windowed
from churn.gates.decision import Decision, GateResult
from churn.report.content import (
    Compared,
    ModelChoice,
    TableQuality,
    TrainingReport,
    Window,
)

N_ROWS = 8412
MODEL: Mapping[str, float] = {
    "roc_auc": 0.8423,
    "pr_auc": 0.2871,
    "log_loss": 0.1529,
    "brier": 0.0381,
    "ece": 0.0043,
    "calibration_slope": 1.021,
    "calibration_intercept": -0.034,
    "top_decile_lift": 5.12,
    "precision": 0.1834,
    "recall": 0.6412,
    "f1": 0.2852,
    "contact_rate": 0.1529,
    "high_value_recall": 0.8342,
    "net_value_per_1000_eur": 1843.2,
    "gain_over_contact_everybody_per_1000_eur": 7421.0,
    "mpc_eur": 1.62,
    "mpc_target_share": 0.131,
    "empc_eur": 1.71,
    "empc_target_share": 0.142,
}
"""Figures of a good model where 4.4 % churn."""

LEADS: Mapping[str, float] = {
    "majority": 0.55,
    "best_rule": 0.8,
    "logistic": 0.96,
    "champion": 0.985,
    "oracle": 1.02,
}
"""What share of the model's figures an opponent reaches, roughly."""

DESCRIPTIONS: Mapping[str, str] = {
    "majority": "the training churn rate for everybody",
    "best_rule": "days_since_login above 41",
    "logistic": "logistic regression on the raw columns, no search",
    "champion": "version 11, in production",
    "oracle": "the true probability of each row; nobody can do better on average",
}


def estimate(value: float | None, n: int = N_ROWS, *, spread: float = 0.03) -> Estimate:
    """A figure whose interval reaches ``spread`` of it to both sides."""
    if value is None:
        return Estimate(None, None, None, n)
    return Estimate(value, value - spread * abs(value), value + spread * abs(value), n)


def figures(share: float = 1.0, n: int = N_ROWS, *, spread: float = 0.03) -> Figures:
    """The model's figures times ``share``, losses divided by it."""
    return {
        name: estimate(
            value / share if METRICS[name].better == "lower" else value * share,
            n,
            spread=spread,
        )
        for name, value in MODEL.items()
    }


def opponent(name: str, share: float) -> Opponent:
    """Somebody who reaches ``share`` of the model's figures."""
    mine, theirs = figures(), figures(share)
    gains = {
        metric: estimate(_gain(metric, mine, theirs), spread=0.7)
        for metric in mine
        if METRICS[metric].better != "neither"
    }
    return Opponent(name, DESCRIPTIONS[name], theirs, gains)


def _gain(metric: str, mine: Figures, theirs: Figures) -> float:
    own, other = mine[metric].value, theirs[metric].value
    assert own is not None
    assert other is not None
    return other - own if METRICS[metric].better == "lower" else own - other


def a_slice(name: str, group: str, n_rows: int, share: float = 1.0) -> Slice:
    """A group whose figures are ``share`` of those of all customers."""
    own = figures(share, n_rows, spread=0.5 / (n_rows / 500) ** 0.5 * 0.3)
    return Slice(name, group, n_rows, n_rows // 22, own)


def scorecard() -> Scorecard:
    """A good model with a champion, three baselines, an oracle and twelve slices."""
    return Scorecard(
        n_rows=N_ROWS,
        n_customers=6120,
        n_churners=371,
        first_snapshot=date(2024, 3, 1),
        last_snapshot=date(2024, 4, 30),
        figures=figures(),
        opponents={name: opponent(name, share) for name, share in LEADS.items()},
        slices=slices(),
        reliability=reliability(),
        lift=lift(),
        profit=profit(),
        leaks=leaks(),
        importance={feature.name: _importance(i) for i, feature in enumerate(FEATURES)},
        definitions={
            "decision": "the deployed decision contacts a customer when the expected "
            "net value is above zero, at 10 EUR for the offer, 1 EUR for the contact, "
            "30% acceptance and the customer's own value",
            "high_value": "customers worth at least 312.40 EUR per year, the 80% "
            "quantile of the test rows",
            "intervals": "95 % percentile intervals from 500 resamples of customers",
        },
        champion_version="11",
        champion_is_same_bundle=False,
    )


def leaks() -> LeakReport:
    """Nothing leaks; one probe has nothing to ask of and one does not apply."""
    alone = LeakReading(
        probe="single_feature",
        feature="days_since_login",
        observed=Estimate(0.71, 0.69, 0.73, N_ROWS),
        bound=0.88,
        sentence="alone ranks the test rows with roc_auc 0.710",
    )
    filled = LeakReading(
        probe="unavailable",
        feature="plan",
        observed=Estimate(0.0, 0.0, 0.02, 5100),
        bound=0.9,
        sentence="is known and not basic in 51.2% of the training rows and in 51.4% of "
        "the rows to be scored",
    )
    return LeakReport((alone, filled), {"moved_earlier": "a row without a time"})


def slices() -> tuple[Slice, ...]:
    """Twelve groups of four slices; one is clearly weaker, one has a long name."""
    return (
        a_slice("plan", "basic", 4102, 0.99),
        a_slice("plan", "family", 2310, 1.01),
        a_slice("plan", "premium with unlimited data and international calls", 2000),
        a_slice("tenure", "under 3 months", 812, 0.82),
        a_slice("tenure", "3 to 12 months", 2700, 0.98),
        a_slice("tenure", "over a year", 4900, 1.02),
        a_slice("region", "north", 2900),
        a_slice("region", "south", 2700, 1.01),
        a_slice("region", "west", 1612, 0.97),
        a_slice("region", "(missing)", 1200, 0.96),
        a_slice("payment", "card", 6000, 1.01),
        a_slice("payment", "invoice", 2412, 0.97),
    )


def reliability() -> tuple[CurvePoint, ...]:
    """Seven bins, the rarer the wider their intervals."""
    bins = [0.02, 0.14, 0.24, 0.35, 0.44, 0.55, 0.66]
    observed = [0.018, 0.151, 0.226, 0.37, 0.41, 0.58, 0.61]
    return tuple(
        CurvePoint(x, y, max(0.0, y - 0.02 * i), y + 0.025 * i, 5000 // (i + 1) ** 2)
        for i, (x, y) in enumerate(zip(bins, observed, strict=True))
    )


def lift() -> tuple[CurvePoint, ...]:
    """A curve that falls from eight to one."""
    return tuple(
        CurvePoint(x, y, y * (0.8 + 0.2 * x), y * (1.2 - 0.2 * x), int(N_ROWS * x))
        for x in (i / 100 for i in range(1, 101))
        for y in [1 + 7 * (1 - x) ** 4]
    )


def profit() -> tuple[CurvePoint, ...]:
    """A curve with its top at 15 % and a loss at the end."""
    return tuple(
        CurvePoint(x, y, y - 350 - 400 * x, y + 350 + 400 * x, int(N_ROWS * x))
        for x in (i / 100 for i in range(1, 101))
        for y in [9800 * x**0.5 - 12900 * x - 2000 * x**2]
    )


GATES = (
    GateResult(
        "floor_roc_auc",
        "passed",
        True,
        estimate(0.8423),
        0.78,
        "ROC-AUC is at least 0.812 with 95 % confidence, above the floor of 0.78",
        "roc_auc",
    ),
    GateResult(
        "beats_baselines",
        "passed",
        True,
        Estimate(0.0334, 0.0101, 0.0567, N_ROWS),
        0.0,
        "better than majority, best rule and plain logistic in log loss",
        "log_loss",
    ),
    GateResult(
        "calibration_slope",
        "passed",
        True,
        estimate(1.021),
        0.8,
        "the slope lies between 0.8 and 1.25",
        "calibration_slope",
    ),
    GateResult(
        "high_value_recall",
        "passed",
        True,
        estimate(0.8342),
        0.75,
        "reaches 83.4 % of the churners of high value, 75 % are asked for",
        "high_value_recall",
    ),
    GateResult(
        "leak_alarm",
        "passed",
        True,
        estimate(0.8423),
        0.97,
        "ROC-AUC is not suspiciously high",
        "roc_auc",
    ),
    GateResult(
        "beats_champion_net_value_per_1000_eur",
        "passed",
        True,
        Estimate(210.0, 38.0, 391.0, N_ROWS),
        0.0,
        "210 EUR per 1,000 customers more than version 11, on the same rows",
        "net_value_per_1000_eur",
    ),
    GateResult(
        "slices",
        "undecided",
        False,
        Estimate(0.691, 0.603, 0.779, 812),
        0.7,
        "tenure: under 3 months has too few churners to tell",
        "roc_auc",
    ),
)

APPROVED = Decision(
    approved=True,
    policy="improve",
    reason="approved: 6 of 7 gates passed, 1 is undecided and does not block: slices",
    gates=GATES,
    has_champion=True,
    promotes_without_champion=True,
)

REFUSED = replace(
    APPROVED,
    approved=False,
    reason="refused: 1 of 7 gates failed: beats_champion_net_value_per_1000_eur",
    gates=(
        *GATES[:5],
        replace(
            GATES[5],
            outcome="failed",
            observed=Estimate(-40.0, -212.5, 130.1, N_ROWS),
            sentence="40 EUR per 1,000 customers less than version 11",
        ),
        GATES[6],
    ),
)

FEATURES: tuple[Feature, ...] = (
    Windowed(
        name="logins_30_days",
        unit="events",
        meaning="How often the customer logged in during the last 30 days.",
        table="logins",
        aggregate="count",
        window_days=30,
    ),
    Recency(
        name="days_since_login",
        unit="days",
        meaning="Days since the last login.",
        table="logins",
    ),
    Age(
        name="tenure_days",
        unit="days",
        meaning="Days since the customer's first subscription.",
        log1p=True,
        table="subscriptions",
    ),
    Attribute(
        name="plan",
        unit="text",
        meaning="The plan the customer pays for.",
        kind="category",
        table="subscriptions",
        column="plan",
    ),
    *(
        Windowed(
            name=f"failed_payments_{days}_days",
            unit="events",
            meaning=f"Payments that failed during the last {days} days.",
            table="payments",
            aggregate="count",
            window_days=days,
        )
        for days in (7, 14, 30, 60, 90, 120, 180, 270, 365, 540, 730)
    ),
)


def _importance(place: int) -> float:
    return 0.071 * 0.72**place - 0.0006


def content() -> TrainingReport:
    """A whole report: approved, with a champion, staged."""
    return TrainingReport(
        dataset="subscriptions",
        as_of=date(2024, 6, 30),
        windows=(
            window("train", date(2023, 4, 1), date(2023, 11, 27), 61230),
            window("calibration", date(2024, 1, 1), date(2024, 1, 31), 15870),
            window("test", date(2024, 3, 1), date(2024, 4, 30), N_ROWS),
        ),
        decision=APPROVED,
        model_version="12",
        stage="staging",
        scorecard=scorecard(),
        model=ModelChoice(
            kind="logistic_regression",
            why="logistic_regression is simpler than xgboost and its log loss is only "
            "0.0006 higher, within one standard error (0.0009)",
            candidates=(
                Compared(
                    kind="logistic_regression",
                    log_loss=0.1541,
                    gap=0.0006,
                    gap_se=0.0009,
                    n_trials=4,
                ),
                Compared(
                    kind="random_forest",
                    log_loss=0.1562,
                    gap=0.0027,
                    gap_se=0.0008,
                    n_trials=6,
                ),
                Compared(
                    kind="xgboost", log_loss=0.1535, gap=0.0, gap_se=0.0, n_trials=20
                ),
            ),
            calibration="isotonic",
            imbalance="none",
            imbalance_damage=None,
        ),
        features=FEATURES,
        quality=(
            quality("customers", 10000, {}),
            quality("payments", 164021, {"amount_cents|min": 12, "customer known": 3}),
            quality("logins", 1204532, {"event_time in the future": 41}),
        ),
        lineage={
            "Run": "training-2024_06_30-11_52_03_118",
            "Git commit": "e55444e1b7d9a3bd3d1a2f4c5b6a798001122334",
            "Data fingerprint": "sha256:" + "9f86d081884c7d659a2feaa0c55ad015" * 2,
            "Configuration": "sha256:" + "60303ae22b998861bce3b28f33eec1be" * 2,
            "Bundle": "sha256:" + "fd61a03af4f77d870fc21e05e7e80678" * 2,
        },
    )


def window(name: str, first: date, last: date, n_rows: int) -> Window:
    """A window where one in 22 churns."""
    return Window(
        name=name,
        first_snapshot=first,
        last_snapshot=last,
        n_rows=n_rows,
        n_churners=n_rows // 22,
    )


def quality(table: str, n_rows: int, broken: Mapping[str, int]) -> TableQuality:
    """A table whose quarantined rows broke one rule each."""
    return TableQuality(
        table=table,
        n_rows=n_rows,
        n_quarantined=sum(broken.values()),
        broken_rules=broken,
    )
