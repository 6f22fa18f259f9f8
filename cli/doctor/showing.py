"""`stacks doctor`: what was found, as a table or as JSON."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cli.doctor.doctor import doctor
from cli.doctor.finding import Finding, grouped
from cli.stacks.client import zenml_is_quiet
from cli.stacks.file import load_stack
from cli.stacks.telling import is_narrow, tell

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
    shown = _shown(name, findings) if is_narrow() else _lines(name, findings)
    tell(findings, shown, as_json=as_json)
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
    return Group(table, Text(_whole(name, findings), style="bold"))


def _lines(name: str, findings: Sequence[Finding]) -> Text:
    """A line each, whole, so that grep finds the cause beside the place."""
    told = [f"{f.level:<8} {f.where}: {_told(f)}" for f in grouped(findings)]
    return Text("\n".join([*told, _whole(name, findings)]))


def _whole(name: str, findings: Sequence[Finding]) -> str:
    n_problems = sum(finding.is_problem for finding in grouped(findings))
    return f"stack {name}: {f'{n_problems} to mend' if n_problems else 'all is well'}"


def _told(finding: Finding) -> str:
    if finding.told is None:
        return finding.checked
    return f"{finding.told}; {finding.way_out}"
