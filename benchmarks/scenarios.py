"""What is true in each simulation, and how often it is simulated."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

OURS = ("improve", "refresh")
PRESETS = ("high_value_recall_preset", "f1_preset", "auc_margin_preset")
POLICIES = (*OURS, *PRESETS)

CHURN_RATE = 0.05
TELCO_CHURN_RATE = 0.265
"""At a churn rate of 0.05 no model of this ROC-AUC reaches the F1 that a preset asks
for, so that it promotes nothing, good or bad; at telco's rate every one does."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What is true, and how often it is looked at.

    Parameters
    ----------
    gain : float
        True difference in ROC-AUC, challenger minus champion.
    n_simulations : mapping of policy to how many
    n_whole : int
        On so many of them the checks that bootstrap are asked as well.
    targets : mapping of policy to the largest share it may promote
    """

    title: str
    gain: float
    churn_rate: float
    rows_a_day: int
    n_days: int
    n_simulations: Mapping[str, int]
    n_whole: int
    targets: Mapping[str, float]

    def shortened(self, share: float) -> "Scenario":
        """The same with a share of the simulations, at least one each."""
        return replace(
            self,
            n_simulations={
                name: max(1, round(n * share)) for name, n in self.n_simulations.items()
            },
            n_whole=max(1, round(self.n_whole * share)),
        )


def _month(title: str, gain: float, n_simulations: Mapping[str, int]) -> Scenario:
    """A look every day for 30 days, with 500 more labelled rows each."""
    return Scenario(
        title=title,
        gain=gain,
        churn_rate=CHURN_RATE,
        rows_a_day=500,
        n_days=30,
        n_simulations=n_simulations,
        n_whole=1000,
        targets={},
    )


def _at_gain(gain: float) -> Scenario:
    """What a policy is for: a true gain, and how often it is promoted for it."""
    return _month(f"{gain:+g}, 30 looks", gain, dict.fromkeys(POLICIES, 1000))


NO_GAIN = replace(
    # A refresh that loses nothing is what `refresh` is to promote: no error, so that
    # fewer simulations tell enough.
    _month("0, 30 looks", 0.0, dict.fromkeys(POLICIES, 10_000) | {"refresh": 1000}),
    targets={"improve": 0.05},
)
LOSS = Scenario(
    title="−0.01, one look at 50,000 rows",
    gain=-0.01,
    churn_rate=CHURN_RATE,
    rows_a_day=50_000,
    n_days=1,
    n_simulations=dict.fromkeys(POLICIES, 1000) | {"refresh": 10_000},
    n_whole=1000,
    targets={"refresh": 0.01},
)
LOSS_FOR_A_MONTH = replace(
    _month("−0.01, 30 looks", -0.01, dict.fromkeys(OURS, 1000)),
    targets={"refresh": 0.01},
)
NO_GAIN_AT_TELCO = replace(
    _month(
        f"0, 30 looks, churn {TELCO_CHURN_RATE:.1%}", 0.0, dict.fromkeys(PRESETS, 1000)
    ),
    churn_rate=TELCO_CHURN_RATE,
)
SCENARIOS = (
    NO_GAIN,
    LOSS,
    LOSS_FOR_A_MONTH,
    *map(_at_gain, (0.005, 0.01, 0.02)),
    NO_GAIN_AT_TELCO,
)
