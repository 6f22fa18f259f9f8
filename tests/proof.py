"""Hold the feature compiler against the oracle on as many histories as you like.

``python -m tests.proof --cases 1000000`` prints how many histories and values were
compared and how many differ; after a mismatch, the smallest history that shows it.
Then it puts bugs into the compiler, one by one, to show that they would be found.
"""

import importlib
import multiprocessing
import os
import secrets
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import click

from tests.churn.features.comparison import Comparison, compare, generated, smallest
from tests.churn.features.mutants import Mutant, imported_afresh, mutants

CASES_PER_QUERY = 1_000
PROVEN = ("churn/features/", "churn/dataset.py")


def queries(n_cases: int) -> list[range]:
    """Split the numbers of the histories into queries."""
    starts = range(0, n_cases, CASES_PER_QUERY)
    return [range(start, min(start + CASES_PER_QUERY, n_cases)) for start in starts]


def one_query(seed: int, numbers: range) -> Comparison:
    """Compare the histories of those numbers."""
    return compare(generated(seed, numbers), shuffle_seed=numbers.start)


def prove(
    seed: int, parts: list[range], *, workers: int
) -> Iterator[tuple[range, Comparison]]:
    """Answer all queries, in as many processes as there are workers."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        answers = pool.map(one_query, [seed] * len(parts), parts)
        yield from zip(parts, answers, strict=True)


def is_found(mutant: Mutant, seed: int) -> bool:
    """Whether a bug makes any of the histories of one query differ."""
    with imported_afresh(mutant.source()):
        changed = importlib.import_module(compare.__module__)
        cases = changed.generated(seed, range(CASES_PER_QUERY))
        try:
            return bool(changed.compare(cases).differences)
        except AssertionError:
            return True


@click.command()
@click.option("--cases", type=click.IntRange(1), default=1_000_000, show_default=True)
@click.option("--seed", type=click.IntRange(0), help="Else a new one each time.")
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count())
def main(cases: int, seed: int | None, workers: int) -> None:
    """Compare generated customer histories with the oracle, value by value."""
    seed = secrets.randbelow(2**32) if seed is None else seed
    wrong = count_mismatches(seed, queries(cases), workers=workers)
    if wrong is not None:
        click.echo(
            f"history {wrong}, made as small as it goes:\n{smallest(seed, wrong)}"
        )
        sys.exit(1)
    bugs = [mutant for mutant in mutants() if mutant.file.startswith(PROVEN)]
    missed = [bug.name for bug in bugs if not is_found(bug, seed)]
    n_found = len(bugs) - len(missed)
    click.echo(
        f"{n_found} of {len(bugs)} bugs put in on purpose are found by "
        f"{CASES_PER_QUERY:,} histories each"
    )
    if missed:
        click.echo("\n".join(missed))
        sys.exit(1)


def count_mismatches(seed: int, parts: list[range], *, workers: int) -> int | None:
    """Print the count; the number of the first history that differs, if any."""
    n_cases, n_values, wrong = 0, 0, []
    answers = prove(seed, parts, workers=workers)
    with click.progressbar(answers, len(parts), "comparing") as progress:
        for numbers, answer in progress:
            n_cases += answer.n_cases
            n_values += answer.n_values
            wrong += [numbers[difference.case] for difference in answer.differences]
    click.echo(
        f"{n_cases:,} histories, {n_values:,} values compared, {len(wrong):,} "
        f"mismatches, seed {seed}"
    )
    return wrong[0] if wrong else None


if __name__ == "__main__":
    main()
