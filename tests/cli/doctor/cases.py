"""Stacks for the doctor, made in memory: what a test says, and nothing else."""

from datetime import UTC, datetime
from pathlib import Path

from cli.doctor.case import Case
from cli.doctor.examining import Hiding, examine_all
from cli.stacks.file import Component, StackFile, StepPlace

NOW = datetime.now(UTC)
LOCAL = {
    "orchestrator": {"flavor": "local"},
    "artifact_store": {"flavor": "local"},
}


def stack(
    components=None, *, name="shop", server=None, settings=None, steps=None, **more
):
    """A stack file as it is once it is read."""
    parts = {**LOCAL, **(components or {})}
    return StackFile(
        name=name,
        zenml_name=f"holdfast-{name}",
        home="/nowhere",
        server=server,
        components={
            kind: Component(given["flavor"], given.get("configuration", {}))
            for kind, given in parts.items()
        },
        stores=more.get("stores", {}),
        variables=more.get("variables", {}),
        secrets=tuple(more.get("secrets", ())),
        settings=settings or {},
        steps={
            step: StepPlace(None, None, given) for step, given in (steps or {}).items()
        },
    )


def case(*given, environ=None, held=None, is_quick=False, root=Path(), **more):
    """What the checks know of such a stack."""
    return Case(
        stack(*given, **more),
        root,
        environ or {},
        held or {},
        is_quick=is_quick,
        now=NOW,
    )


def told(source, of):
    """What the checks of one source say: (level, where, told, way out) of each."""
    findings = examine_all(list(source(of)), Hiding(of.hidden))
    return [(f.level, f.where, f.told, f.way_out) for f in findings]


def problems(source, of):
    """The problems alone, as ``where: told; way out``."""
    return [
        f"{w}: {t}; {out}"
        for level, w, t, out in told(source, of)
        if level == "problem"
    ]


def notes(source, of):
    """The remarks alone."""
    return [
        f"{w}: {t}; {out}" for level, w, t, out in told(source, of) if level == "note"
    ]
