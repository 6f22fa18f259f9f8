"""How long it takes to tell two models' ROC-AUC apart, and what else a user would pick.

    python -m benchmarks.delong [--rows 1000000]

The definition compares every churner with every stayer, and a bootstrap measures both
models anew on each of 1,000 resamples; both are timed on less and scaled up.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.metrics import roc_auc_score

from churn.significance.delong import compare_auc

SEED = 20240101
CHURN_RATE = 0.05
RUNS = 5
TARGET_SECONDS = 1.0
DEFINITION_ROWS = 10_000
RESAMPLES, RESAMPLES_TIMED = 1000, 3


def main() -> int:
    """Measure each; 1 if the target is missed."""
    n_rows = _arguments().rows
    is_churn, first, second = scored(n_rows)
    part = slice(DEFINITION_ROWS)
    once = fastest(lambda: compare_auc(is_churn, first, second))
    clustered = fastest(
        lambda: compare_auc(is_churn, first, second, np.arange(n_rows) // 3)
    )
    pairs = fastest(lambda: by_definition(is_churn[part], first[part], second[part]))
    drawn = fastest(lambda: resampled(is_churn, first, second))
    seconds = {
        "Holdfast, by ranks": once,
        "Holdfast, three rows a customer": clustered,
        "bootstrap with scikit-learn, scaled up": drawn * RESAMPLES / RESAMPLES_TIMED,
        "all pairs, scaled up": pairs * (n_rows / DEFINITION_ROWS) ** 2,
    }
    Console().print(_table(n_rows, seconds))
    return int(max(once, clustered) > TARGET_SECONDS)


def scored(n_rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, and the scores of two models that are much alike."""
    rng = np.random.default_rng(SEED)
    is_churn = rng.random(n_rows) < CHURN_RATE
    common = rng.normal(size=n_rows) + is_churn
    first, second = (common + 0.3 * rng.normal(size=n_rows) for _ in range(2))
    return is_churn, first, second


def by_definition(
    is_churn: np.ndarray, first: np.ndarray, second: np.ndarray
) -> tuple[float, float]:
    """Difference and its standard error from every pair."""
    gain = sum(
        sign * (score[is_churn][:, None] > score[~is_churn]).astype(np.float64)
        for sign, score in ((1, first), (-1, second))
    )
    sides = [gain.mean(axis=axis) for axis in (0, 1)]
    variance = sum(np.var(side, ddof=1) / side.size for side in sides)
    return float(gain.mean()), float(np.sqrt(variance))


def resampled(is_churn: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """Spread of the difference over some resamples of the rows."""
    rng = np.random.default_rng(SEED)
    differences = []
    for _ in range(RESAMPLES_TIMED):
        rows = rng.integers(0, is_churn.size, is_churn.size)
        ours, theirs = (
            roc_auc_score(is_churn[rows], score[rows]) for score in (first, second)
        )
        differences.append(ours - theirs)
    return float(np.std(differences))


def fastest(call: Callable[[], object]) -> float:
    """Seconds of the fastest of some runs."""
    took = []
    for _ in range(RUNS):
        started = time.perf_counter()
        call()
        took.append(time.perf_counter() - started)
    return min(took)


def _table(n_rows: int, seconds: dict[str, float]) -> Table:
    table = Table(f"two models, {n_rows:,} rows", "seconds", "times ours")
    ours = next(iter(seconds.values()))
    for name, took in seconds.items():
        table.add_row(name, f"{took:,.2f}", f"{took / ours:,.0f}")
    return table


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
