"""What the stack file alone tells of its addresses and references."""

from collections.abc import Iterator
from functools import partial

from cli.doctor.case import Case
from cli.doctor.finding import Check, Remark, Unwell
from cli.stacks.addresses import Fault, address_faults, secret_faults


def address_checks(case: Case) -> Iterator[Check]:
    """One check each that fails; an address that may be one is asked later."""
    for fault in address_faults(case.stack):
        yield Check(fault.where, "can be right", partial(_refused, fault))
    parts = {kind: p.configuration for kind, p in case.stack.components.items()}
    # A component may well have a secret that steps are not to know.
    for fault in secret_faults(parts, case.stack.secrets):
        yield Check(fault.where, "can be right", partial(_remarked, fault))


def not_to_ask(case: Case) -> frozenset[str]:
    """Where no address stands: whatever else is found there misleads."""
    return frozenset(fault.where for fault in address_faults(case.stack))


def _refused(fault: Fault) -> Iterator[Remark]:
    yield from ()
    raise Unwell(fault.told, fault.way_out)


def _remarked(fault: Fault) -> Iterator[Remark]:
    yield Remark(fault.told, f"if that is no slip, let it be; else {fault.way_out}")
