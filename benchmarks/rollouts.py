"""How often a rollout goes back that should not, and how soon one does that should.

    python -m benchmarks.rollouts [--share 1.0]

Rows of a simulated log are handed to the decision that the deployment pipeline makes,
with the policy `production` as it ships, and counts to the guard that servers ask.
A check's bet is never taken back, so whether any of many looks would have failed shows
at the last one.
"""

import argparse
import math
import multiprocessing
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import yaml
from numpy.typing import NDArray
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table
from scipy.special import expit
from scipy.stats import binomtest

from churn.rollout.assess import assess
from churn.rollout.evidence import ANSWERS, OUTCOMES, PAIRS, RolloutEvidence
from churn.rollout.plan import RolloutPlan, parse_rollout
from churn.scoring.guard import USUAL, RateBet
from churn.scoring.planned_looks import PlannedLooks

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Bools = NDArray[np.bool_]

POLICY = Path(__file__).parents[1] / "configs" / "rollouts" / "production.yaml"
SEED = 20240101
N_ROLLOUTS = 500
CUSTOMERS_A_DAY = 400
CONTACTED_SHARE = 0.2
DAYS = {"shadow": 14, "canary": 7}
CANARY_SHARE = 0.1
BLOCK = (90, 10)
"""Requests of either arm between two looks of the guard: some tenths of a second."""

GUARDED_REQUESTS = 30_000
"""Of a canary's challenger, with so many looks at a tenth of them."""

MOST_CANARY_REQUESTS = 2000
PROCESSES = 2
CHUNK = 10
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Pair:
    """Two models of one business that deserve the same.

    Parameters
    ----------
    shift : float
        Mean distance of their probabilities.
    loss : float
        By how much the challenger's Brier score is worse.
    flips : float
        Share of customers whom they decide upon otherwise.
    unscored, slow : float
        Shares of rows that the challenger fails on, or takes too long for, in shadow.
    errors, delays : float
        Shares of failed and of slow answers, of both arms alike.
    """

    title: str
    shift: float
    loss: float
    flips: float
    unscored: float
    slow: float
    errors: float
    delays: float


EQUALS = (
    Pair("the same model", 0.0, 0.0, 0.0, 0.0, 0.005, 0.001, 0.01),
    Pair("fitted again", 0.02, 0.0, 0.03, 0.001, 0.005, 0.001, 0.01),
    Pair("all at their bounds", 0.1, 0.005, 0.15, 0.01, 0.05, 0.01, 0.05),
)
LEAST_CAUGHT = {0.0: 0.99, 0.001: 0.99, 0.01: 0.78}
"""By the champion's own rate. Beside one percent no test finds it nearly always."""

HARM = 0.01


@dataclass(frozen=True)
class Simulated:
    """Of how many rollouts how many went back, and where; how harm was caught."""

    n: int
    back: Mapping[str, Mapping[str, int]]
    caught: Mapping[float, Floats]


def main() -> int:
    """Simulate, print, and return 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="of the simulations")
    console = Console(width=200)
    return report(console, parser.parse_args().share)


def report(console: Console, share: float) -> int:
    """Print both tables; 1 if a target is missed."""
    found = simulate(max(1, round(N_ROLLOUTS * share)))
    console.print(_back_table(found))
    console.print(_caught_table(found))
    promised = shipped().false_rollback_rate
    missed = [
        f"{title}: more than {promised:.0%} of the rollouts go back"
        for title, counts in found.back.items()
        if counts["anywhere"] > promised * found.n
    ]
    missed += [
        f"champion's errors {rate:.1%}: less than {least:.0%} of the harm is caught"
        for rate, least in LEAST_CAUGHT.items()
        if _interval(_n_within(found.caught[rate]), found.n)[1] < least
    ]
    console.print("\n".join(missed) or "the rollouts' targets are met")
    return int(bool(missed))


def simulate(n: int, *, processes: int = PROCESSES) -> Simulated:
    """Roll out so many challengers of each pair, and watch as many canaries."""
    numbers = [range(k, min(k + CHUNK, n)) for k in range(0, n, CHUNK)]
    back = {}
    fresh = multiprocessing.get_context("spawn")
    os.environ.update(dict.fromkeys(("POLARS_MAX_THREADS", "OMP_NUM_THREADS"), "1"))
    with ProcessPoolExecutor(processes, fresh) as pool:
        for pair in EQUALS:
            went = pool.map(ends, [pair] * len(numbers), numbers)
            flags = np.concatenate(list(went))
            guarded = false_alarms(pair, n)
            flags = np.column_stack([flags, guarded])
            back[pair.title] = {
                "shadow": int(flags[:, 0].sum()),
                "canary": int(flags[:, 1].sum()),
                "guard": int(flags[:, 2].sum()),
                "anywhere": int(flags.any(axis=1).sum()),
            }
    return Simulated(n, back, {rate: until_caught(rate, n) for rate in LEAST_CAUGHT})


def ends(pair: Pair, numbers: Iterable[int]) -> Bools:
    """Whether simulated rollouts go back from shadow, and from the canary.

    Returns
    -------
    ndarray of shape (n_numbers, 2), bool
    """
    return np.array([[_goes_back(pair, n, phase) for phase in DAYS] for n in numbers])


def false_alarms(pair: Pair, n: int) -> Bools:
    """Whether the guard ever ends one of n canaries whose arms are alike."""
    rng = np.random.default_rng([SEED, 1])
    n_blocks = GUARDED_REQUESTS // BLOCK[1]
    *_, failed = found_failing(rng, n, n_blocks, pair.errors, pair.errors)
    slow = RateBet.start(USUAL.slow.margin, (n,))
    for _ in range(n_blocks):
        slow = slow.update(*_drawn(rng, n, pair.delays, pair.delays))
    return failed | slow.rejects(USUAL.slow.error_rate)


def until_caught(base_rate: float, n: int) -> Floats:
    """After how many canary requests one more in a hundred that fails ends each.

    Returns
    -------
    ndarray of shape (n,)
        Infinite where that takes more than twice the target.
    """
    rng = np.random.default_rng([SEED, 2])
    n_blocks = 2 * MOST_CANARY_REQUESTS // BLOCK[1]
    caught = np.full(n, np.inf)
    found = found_failing(rng, n, n_blocks, base_rate, base_rate + HARM)
    for block, is_found in enumerate(found, start=1):
        caught = np.where(is_found, np.minimum(caught, block * BLOCK[1]), caught)
    return caught


def found_failing(
    rng: np.random.Generator, n: int, n_blocks: int, champion: float, challenger: float
) -> Iterator[Bools]:
    """Which of n guards found by now that the challenger fails more, block by block.

    What ``Guard`` does with one canary, of many side by side.
    """
    bet = RateBet.start(USUAL.failed.margin, (n,))
    looks = [PlannedLooks.start(USUAL.looks_error_rate)] * n
    hits = np.zeros(n, np.int64)
    for block in range(1, n_blocks + 1):
        ours, theirs = _drawn(rng, n, champion, challenger)
        bet, hits = bet.update(ours, theirs), hits + theirs[1]
        of_ours, of_theirs = (block * size for size in BLOCK)
        if looks[0].is_due(of_theirs):
            looks = [
                look.update((of_ours, k), (of_theirs, h))
                for look, k, h in zip(
                    looks, bet.events.tolist(), hits.tolist(), strict=True
                )
            ]
        found = np.array([look.has_found for look in looks])
        yield found | bet.rejects(USUAL.failed.error_rate)


@cache
def shipped() -> RolloutPlan:
    """The policy for production, as it ships."""
    return parse_rollout(yaml.safe_load(POLICY.read_text(encoding="utf-8")))


def simulated(pair: Pair, rng: np.random.Generator, phase: str) -> RolloutEvidence:
    """What is known of a challenger at the last look of a phase."""
    n = DAYS[phase] * CUSTOMERS_A_DAY
    truth = expit(rng.normal(-1.5, 1.0, n))
    champion, challenger = (
        np.clip(truth + rng.normal(0, spread, n), 0, 1) for spread in _spreads(pair)
    )
    is_canary = phase == "canary"
    arm = rng.random(n) < (CANARY_SHARE if is_canary else 0.0)
    return RolloutEvidence(
        pairs=_pairs(pair, rng, champion[~arm], challenger[~arm]),
        answers=_answers(pair, rng, arm) if is_canary else pl.DataFrame(schema=ANSWERS),
        outcomes=_outcomes(rng, truth, champion, challenger),
        alarm=None,
        note="",
    )


def _goes_back(pair: Pair, number: int, phase: str) -> bool:
    rng = np.random.default_rng([SEED, 0, number, len(phase)])
    evidence = simulated(pair, rng, phase)
    now = START + timedelta(days=DAYS[phase])
    decision = assess(shipped(), phase, evidence, version="2", since=START, at=now)
    return decision.to == "back"


def _drawn(
    rng: np.random.Generator, n: int, champion: float, challenger: float
) -> tuple[tuple[int, Integers], tuple[int, Integers]]:
    """A block of requests of both arms, and how many were counted, n times."""
    (ours, theirs) = BLOCK
    return (
        (ours, rng.binomial(ours, champion, n)),
        (theirs, rng.binomial(theirs, challenger, n)),
    )


def _spreads(pair: Pair) -> tuple[float, float]:
    """How far both models err, so that they lie and score as far apart as asked."""
    both = pair.shift**2 * math.pi / 2
    return math.sqrt((both - pair.loss) / 2), math.sqrt((both + pair.loss) / 2)


def _pairs(
    pair: Pair, rng: np.random.Generator, champion: Floats, challenger: Floats
) -> pl.DataFrame:
    n = champion.size
    contacted = rng.random(n) < CONTACTED_SHARE
    scored = np.where(rng.random(n) < pair.unscored, np.nan, challenger)
    return pl.DataFrame(
        {
            "customer": np.arange(n),
            "at_us": np.arange(n),
            "champion": champion,
            "challenger": pl.Series(scored).fill_nan(None),
            "is_contacted_by_champion": contacted,
            "is_contacted_by_challenger": contacted ^ (rng.random(n) < pair.flips),
            "seconds": np.where(rng.random(n) < pair.slow, 0.2, 0.01),
        },
        schema=PAIRS,
    )


def _answers(pair: Pair, rng: np.random.Generator, arm: Bools) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "customer": np.arange(arm.size),
            "at_us": np.arange(arm.size),
            "is_challenger": arm,
            "is_failed": rng.random(arm.size) < pair.errors,
            "seconds": np.where(rng.random(arm.size) < pair.delays, 0.1, 0.001),
        },
        schema=ANSWERS,
    )


def _outcomes(
    rng: np.random.Generator, truth: Floats, champion: Floats, challenger: Floats
) -> pl.DataFrame:
    days = START.date().toordinal() + np.arange(truth.size) // CUSTOMERS_A_DAY
    epoch = datetime(1970, 1, 1, tzinfo=UTC).date().toordinal()
    return pl.DataFrame(
        {
            "customer": np.arange(truth.size),
            "snapshot_date": pl.Series(days - epoch, dtype=pl.Int32).cast(pl.Date),
            "is_churn": rng.random(truth.size) < truth,
            "champion": champion,
            "challenger": challenger,
        },
        schema=OUTCOMES,
    )


def _back_table(found: Simulated) -> Table:
    names = ("shadow", "canary", "guard", "anywhere")
    title = f"A/A rollouts sent back, in % of {found.n:,} (95 % interval)"
    table = Table("challenger", *names, title=title, box=MARKDOWN)
    for pair, counts in found.back.items():
        table.add_row(pair, *(_share(counts[name], found.n) for name in names))
    return table


def _caught_table(found: Simulated) -> Table:
    table = Table(
        "champion's errors",
        f"caught within {MOST_CANARY_REQUESTS:,} canary requests, %",
        "median canary requests",
        title=f"{HARM:.0%} more errors with {CANARY_SHARE:.0%} of the customers",
        box=MARKDOWN,
    )
    for rate, caught in found.caught.items():
        within = _share(_n_within(caught), found.n)
        table.add_row(f"{rate:.1%}", within, f"{np.median(caught):,g}")
    return table


def _n_within(caught: Floats) -> int:
    return int(np.sum(caught <= MOST_CANARY_REQUESTS))


def _interval(k: int, n: int) -> tuple[float, float]:
    low, high = binomtest(k, n).proportion_ci(method="wilson")
    return float(low), float(high)


def _share(k: int, n: int) -> str:
    low, high = _interval(k, n)
    return f"{100 * k / n:.3g} ({100 * low:.3g} to {100 * high:.3g})"


if __name__ == "__main__":
    raise SystemExit(main())
