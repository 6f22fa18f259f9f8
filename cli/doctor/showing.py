"""`stacks doctor`: what was found, as a table or as JSON."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cli.doctor.doctor import doctor
from cli.doctor.finding import Finding, grouped
from cli.models.speaking import say
from cli.stacks.client import zenml_is_quiet
from cli.stacks.file import load_stack

UNWELL = 1
WHERE_CHARACTERS = 32
STYLES = {"ok": "green", "note": "yellow", "problem": "red"}


def run_doctor(
    name: str, *, root: Path, environ: Mapping[str, str], as_json: bool
) -> int:
    """Look at a stack and tell; 0 if everything could run, 1 if not."""
    stack = load_stack(name, root=root, environ=environ)
    with zenml_is_quiet():
        findings = doctor(stack, root=root, environ=environ, quick=False)
    say(findings, _shown(name, findings), as_json=as_json)
    return UNWELL if any(finding.is_problem for finding in findings) else 0


def _shown(name: str, findings: Sequence[Finding]) -> Group:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column("level", no_wrap=True)
    table.add_column("where", overflow="fold", max_width=WHERE_CHARACTERS)
    table.add_column("told", overflow="fold")
    for finding in grouped(findings):
        style = STYLES[finding.level]
        table.add_row(
            Text(finding.level, style=style), Text(finding.where), Text(_told(finding))
        )
    n_problems = sum(finding.is_problem for finding in grouped(findings))
    whole = f"{n_problems} to mend" if n_problems else "all is well"
    return Group(table, Text(f"stack {name}: {whole}", style="bold"))


def _told(finding: Finding) -> str:
    if finding.told is None:
        return finding.checked
    return f"{finding.told}; {finding.way_out}"
