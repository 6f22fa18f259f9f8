"""Is everything that a stack names there, reachable, open to us, and fit for it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from cli.doctor.addresses import address_checks, not_to_ask
from cli.doctor.buckets import bucket_checks
from cli.doctor.case import Case
from cli.doctor.clusters import cluster_checks
from cli.doctor.databases import database_checks
from cli.doctor.examining import Hiding, examine_all, examine_each
from cli.doctor.files import file_checks, model_server_checks
from cli.doctor.finding import Check, Finding, Remark, StackUnwellError, grouped
from cli.doctor.images import image_checks
from cli.doctor.online import online_checks
from cli.doctor.orchestrators import orchestrator_checks
from cli.doctor.packages import flavor_checks, package_checks
from cli.doctor.placing import placing_checks
from cli.doctor.tracking import tracking_checks
from cli.doctor.zenml_server import (
    LIBRARIES,
    read_secrets,
    secret_checks,
    secret_names,
    server_checks,
)
from cli.stacks.file import StackFile

Source = Callable[[Case], Iterator[Check]]
Findings = list[Finding]
Secrets = dict[str, dict[str, str]]
READ = "can be read"
OF_THE_FILE: tuple[Source, ...] = (address_checks, flavor_checks, package_checks)
OF_OTHERS: tuple[Source, ...] = (
    bucket_checks,
    cluster_checks,
    database_checks,
    file_checks,
    image_checks,
    online_checks,
    orchestrator_checks,
    model_server_checks,
    tracking_checks,
)


def doctor(
    stack: StackFile, *, root: Path, environ: Mapping[str, str], quick: bool
) -> list[Finding]:
    """Look at everything that the stack names, all at the same time.

    The quick form, before a run, writes nothing anywhere and leaves out what a run can
    do without; of a stack of this machine alone it looks at the file only.
    """
    case = Case(stack, root, environ, {}, is_quick=quick, now=datetime.now(UTC))
    told = [check for source in OF_THE_FILE for check in source(case)]
    told += _sensible(case, (placing_checks,))
    first = examine_each(told, Hiding(case.hidden))
    server = _of(case, (server_checks,))
    is_away = "server" in not_to_ask(case) or any(f.is_problem for f in server)
    case, held = _with_secrets(case, is_away=is_away)
    # Until its secrets are known, nobody can be blamed for not letting us in.
    is_blind = any(finding.level != "ok" for finding in held)
    return [*first, *server, *held, *_of(case, OF_OTHERS, is_blind=is_blind)]


def check_before_run(
    stack: StackFile, *, root: Path, environ: Mapping[str, str]
) -> None:
    """Stop a run that could not end well, before anything of it is begun.

    Raises
    ------
    StackUnwellError
        One line for each problem.
    """
    findings = doctor(stack, root=root, environ=environ, quick=True)
    problems = grouped([finding for finding in findings if finding.is_problem])
    if problems:
        raise StackUnwellError(
            f"the stack {stack.name} is not well, and nothing was begun:\n"
            + "\n".join(finding.line(file_of(stack)) for finding in problems)
        )


def file_of(stack: StackFile) -> str:
    """Where the stack is written."""
    return f"configs/stacks/{stack.name}.yaml"


def _of(case: Case, sources: Sequence[Source], *, is_blind: bool = False) -> Findings:
    checks = _sensible(case, sources)
    return examine_all(checks, Hiding(case.hidden), is_blind=is_blind)


def _sensible(case: Case, sources: Sequence[Source]) -> list[Check]:
    """The checks of everything whose address may be one."""
    told = not_to_ask(case)
    checks = [check for source in sources for check in source(case)]
    return [check for check in checks if check.where not in told]


def _with_secrets(case: Case, *, is_away: bool) -> tuple[Case, Findings]:
    """The case with its secrets; a problem each that is missing."""
    names = secret_names(case)
    if not names:
        return case, []
    if is_away:
        told = "ZenML could not be asked for them"
        return case, [Finding("secrets", READ, "note", told, "mend `server` first")]
    read: Secrets = {}
    # ZenML would ask again for minutes; a check may not.
    asking = Check("secrets", READ, partial(_read, names, read), LIBRARIES)
    found = examine_all([asking], Hiding(case.hidden))
    if any(finding.is_problem for finding in found):
        return case, found
    known = case.knowing(read)
    return known, _of(known, (secret_checks,))


def _read(names: list[str], into: Secrets) -> Iterator[Remark]:
    into.update(read_secrets(names))
    yield from ()
