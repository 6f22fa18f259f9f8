"""Are the flavors and their settings ones that ZenML knows; it must be imported."""

from collections.abc import Iterator
from functools import partial

from churn.errors import ConfigError
from cli.doctor.case import Case
from cli.doctor.finding import Check, Remark, Unwell


def flavor_checks(case: Case) -> Iterator[Check]:
    """All components at once; before a run applying the stack looks at this itself."""
    if not case.is_quick:
        yield Check("components", "are known", partial(_known, case))


def _known(case: Case) -> Iterator[Remark]:
    from cli.stacks.checking import check_stack

    try:
        check_stack(case.stack)
    except ConfigError as error:
        told = str(error).removeprefix(f"configs/stacks/{case.stack.name}.yaml: ")
        problem, _, way_out = told.rpartition("; ")
        if not problem:
            problem, way_out = told, "correct it"
        raise Unwell(problem, way_out) from None
    yield from ()
