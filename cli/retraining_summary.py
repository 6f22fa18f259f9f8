"""A decision whether to train again, for a person at a terminal."""

from collections.abc import Iterable

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from churn.retraining.decision import LimitResult, RetrainingDecision, RuleResult
from cli.hints import Hints
from cli.tables import facts_table

MARKS = {
    "fires": ("YES", "yellow"),
    "quiet": ("no", "dim"),
    "unknown": ("?", "yellow"),
    "allows": ("ok", "green"),
    "holds": ("HOLD", "red"),
    "waived": ("skip", "yellow"),
}


def decision_shown(decision: RetrainingDecision, hints: Hints) -> Group:
    """The answer first, then every rule and limit."""
    case = decision.case
    signs = case.signs
    facts = {
        "Live": f"version {case.champion}, trained as of {case.trained:%Y-%m-%d}",
        "Decided": f"as of {case.moment:%Y-%m-%d %H:%M} UTC by {decision.trigger}",
        "Monitoring": f"{signs.verdict}, of {signs.as_of}" if signs else "never spoke",
    }
    style = "yellow" if decision.retrain else "green"
    panel = Panel(
        Text(hints.whole(decision.reason)),
        title="train again" if decision.retrain else "leave it",
        title_align="left",
        border_style=style,
        expand=False,
    )
    return Group(
        facts_table(facts),
        Text(),
        panel,
        _table((*decision.rules, *decision.limits), hints),
        Text(),
    )


def _table(results: Iterable[RuleResult | LimitResult], hints: Hints) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for result in results:
        mark, style = MARKS[result.outcome]
        sentence = Text(hints.whole(result.sentence))
        table.add_row(Text(mark, style=style), result.name, sentence)
    return table
