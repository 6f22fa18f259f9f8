"""Damage bundles in every way we know, and see that none of them is served.

``python -m tests.corrupted --cases 10000`` prints what became of each kind of damage.
Every second bundle has its manifest rebuilt, so that hashes and sizes are right and
its files are parsed: in the limited child of ``serving.trial`` first. Whatever is
accepted in the end must score its golden rows as they say, by other means than ours.
"""

import json
import multiprocessing
import os
import secrets
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import click
import numpy as np

from churn.errors import BundleError
from churn.model.spaces import KINDS
from churn.monitoring.reference import Reference
from churn.scoring.bundle import load_bundle, open_bundle
from churn.scoring.reasons import Explainer
from tests.damages import DAMAGES, MANIFEST, Files, rebuilt, write
from tests.golden_rows import answers_as_promised
from tests.snapshot_rows import bundle

CASES_PER_CALL = 250
REFUSED, REFUSED_IN_CHILD, ACCEPTED = "refused", "refused in the child", "accepted"


@dataclass(frozen=True)
class Outcome:
    """What became of one damaged bundle, and why it must not be so, if it must not."""

    number: int
    damage: str
    is_rebuilt: bool
    result: str
    wrong: str | None


@cache
def original(kind: str) -> Files:
    """The files of a good bundle."""
    return dict(bundle(kind).files)


@cache
def identity_of(kind: str) -> str:
    """What a release would call that bundle."""
    return load_bundle(original(kind)).bundle_sha256


def case(seed: int, number: int, folder: Path) -> tuple[str, bool]:
    """Write one damaged bundle; which damage, and whether the manifest vouches."""
    rng = np.random.default_rng([seed, number])
    kinds = [KINDS[place] for place in rng.permutation(len(KINDS))]
    damage = list(DAMAGES)[number // 2 % len(DAMAGES)]
    is_rebuilt = number % 2 == 1
    files = DAMAGES[damage](rng, original(kinds[0]), original(kinds[1]))
    write(folder, rebuilt(files) if is_rebuilt else files)
    return damage, is_rebuilt


class Child:
    """The process that tries bundles first, each in a fork of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "serving.trial"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def refusal(self, folder: Path) -> str | None:
        """Why a bundle must not be served."""
        self._process.stdin.write(f"{folder}\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())["reason"]

    def close(self) -> None:
        """End it; it must not have ended by itself."""
        assert self._process.poll() is None
        self._process.communicate()


def tried(seed: int, number: int, scratch: Path, child: Child) -> Outcome:
    """Offer one damaged bundle as a server would be offered it."""
    folder = scratch / f"{number}"
    damage, is_rebuilt = case(seed, number, folder)
    outcome = partial(Outcome, number, damage, is_rebuilt)
    if is_rebuilt:
        reason = child.refusal(folder)
        if reason is not None:
            ended = "ends its reader" in reason or "expected an answer" in reason
            return outcome(reason if ended else REFUSED_IN_CHILD, None)
    try:
        served = open_bundle(folder)
        Explainer.of(served)
        Reference.of(served)
    except BundleError:
        wrong = "the child accepted it, the parent not" if is_rebuilt else None
        return outcome(REFUSED, wrong)
    if not answers_as_promised(folder):
        return outcome(ACCEPTED, "its golden rows score otherwise")
    for kind in KINDS:
        is_named_so = served.bundle_sha256 == identity_of(kind)
        if is_named_so and not is_same(dict(served.files), original(kind)):
            return outcome(ACCEPTED, "it has the hash of a bundle that it is not")
    return outcome(ACCEPTED, None)


def is_same(first: Files, second: Files) -> bool:
    """Whether all is equal, but for what may differ: where the bundle comes from."""
    manifests = [json.loads(files[MANIFEST]) for files in (first, second)]
    for manifest in manifests:
        manifest.pop("lineage", None)
    return manifests[0] == manifests[1] and all(
        first[name] == second[name] for name in {*first, *second} - {MANIFEST}
    )


def several(seed: int, numbers: range) -> list[Outcome]:
    """Try the bundles of those numbers."""
    child = Child()
    with tempfile.TemporaryDirectory() as scratch:
        outcomes = [tried(seed, number, Path(scratch), child) for number in numbers]
    child.close()
    return outcomes


def run(seed: int, n_cases: int, *, workers: int) -> Iterator[list[Outcome]]:
    """Try all of them, in as many processes as there are workers."""
    starts = range(0, n_cases, CASES_PER_CALL)
    calls = [range(start, min(start + CASES_PER_CALL, n_cases)) for start in starts]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield from pool.map(several, [seed] * len(calls), calls)


def table(outcomes: list[Outcome]) -> Iterator[str]:
    """How often each damage came to each end."""
    counts = Counter((o.damage, o.is_rebuilt, o.result) for o in outcomes)
    for (damage, is_rebuilt, result), n in sorted(counts.items()):
        vouched = "manifest rebuilt" if is_rebuilt else "manifest as it was"
        yield f"{n:>7,}  {damage:<24} {vouched:<19} {result}"


@click.command()
@click.option("--cases", type=click.IntRange(1), default=10_000, show_default=True)
@click.option("--seed", type=click.IntRange(0), help="Else a new one each time.")
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count())
def main(cases: int, seed: int | None, workers: int) -> None:
    """Damage bundles and print what became of them; end with 1 if one was wrong."""
    chosen = secrets.randbelow(2**31) if seed is None else seed
    click.echo(f"seed {chosen}")
    outcomes: list[Outcome] = []
    for part in run(chosen, cases, workers=workers):
        outcomes += part
        click.echo(f"\r{len(outcomes):,} of {cases:,}", err=True, nl=False)
    click.echo(err=True)
    for line in table(outcomes):
        click.echo(line)
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    for outcome in wrong[:20]:
        click.echo(f"WRONG: case {outcome.number}, {outcome.damage}: {outcome.wrong}")
    accepted = sum(outcome.result == ACCEPTED for outcome in outcomes)
    click.echo(
        f"{len(outcomes):,} damaged bundles: {accepted:,} still answer their golden "
        f"rows and were accepted, {len(wrong):,} wrongly; every process alive"
    )
    sys.exit(int(bool(wrong)))


if __name__ == "__main__":
    main()
