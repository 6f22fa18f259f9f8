"""The figures as tables."""

from collections.abc import Mapping

from rich.table import Table

from benchmarks.serving.compared import Compared
from benchmarks.serving.rounds import typical
from benchmarks.serving.targets import TARGETS, Figure, written


def contenders_table(compared: Compared) -> Table:
    """One row a server; medians of the rounds."""
    table = Table(
        *("server", "requests/s", "in the rounds", "CPU µs", "p50 ms", "p99 ms"),
        *("½ load p50", "½ load p99", "failed", "ready s", "MB"),
    )
    for name, found in compared.rounds.items():
        rates = [each.requests_per_second for each in found]
        middle = typical(found)
        times = (middle.p50_ms, middle.p99_ms, middle.half_p50_ms, middle.half_p99_ms)
        table.add_row(
            name,
            f"{middle.requests_per_second:,.0f}",
            f"{min(rates):,.0f} to {max(rates):,.0f}",
            f"{middle.cpu_us:,.0f}",
            *(f"{time:.2f}" for time in times),
            str(middle.n_failed),
            f"{compared.start_seconds[name]:.1f}",
            f"{compared.memory_mb[name]:.0f}",
        )
    return table


def targets_table(figures: Mapping[str, Figure]) -> Table:
    """One row a figure: its value, what it has to reach, and whether it does."""
    table = Table("figure", "measured", "target", "held", "")
    for name, figure in figures.items():
        target = TARGETS[name]
        held = "yes" if target.held(figure.value) else "no"
        measured = f"{written(figure.value)} {target.unit}"
        table.add_row(target.meaning, measured, target.text, held, figure.note)
    return table
