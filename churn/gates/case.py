"""What lies before a check: evidence, and what was measured of it for the policy."""

from dataclasses import dataclass

from churn.evaluation.contest import Contest
from churn.evaluation.evaluate import Measured
from churn.evaluation.evidence import Evidence
from churn.evaluation.scorecard import Scorecard


@dataclass(frozen=True)
class Case:
    """One version before its policy.

    Parameters
    ----------
    measured : Measured
        What the policy's checks asked for, and nothing else.
    stage : str
        Where the version is to go: staging or production.
    """

    evidence: Evidence
    measured: Measured
    stage: str

    @property
    def scorecard(self) -> Scorecard:
        """The figures that were asked for."""
        return self.measured.scorecard

    @property
    def contest(self) -> Contest:
        """The rows as arrays."""
        return self.measured.contest
