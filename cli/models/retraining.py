"""`models replay --retrain`: make the bundle again, and find the same bytes."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from rich.console import Group
from rich.text import Text
from threadpoolctl import threadpool_limits

from churn.errors import HoldfastError
from churn.model.plan import CalibrationPlan, ModelPlan, SearchPlan
from churn.model.race import Observer
from churn.model.search import SearchResult, search
from churn.model.train import fit_bundle
from churn.scoring.bundle import Bundle
from churn.scoring.manifest import MANIFEST, SIGNATURE, fixed_fields
from churn.snapshots import SnapshotPlan
from churn.splits import Split
from cli.config import parse
from cli.models.differences import first_difference
from cli.models.lock import unlike_lock
from cli.models.place import Place
from cli.models.replaying import find_decision
from cli.models.speaking import say
from cli.models.stored import read_bundle, read_split
from datasets.catalogue import load
from registry.versions import Version, of_event

DIFFERS = 1
NO_LIMIT_SECONDS = 1e9
"""A search that no clock cut once must not be cut on a slower machine."""


@dataclass(frozen=True)
class Settings:
    """What the run that made the version was told of learning."""

    model: ModelPlan
    search: SearchPlan | None
    calibration: CalibrationPlan
    snapshots: SnapshotPlan | None


def retrain(place: Place, name: str, *, as_json: bool) -> int:
    """Fit a version again from its stored rows; 1 when other bytes come out."""
    events = place.events()
    version = of_event(events, find_decision(events, name))
    bundle = read_bundle(place, version.lineage, trusted=None)
    settings = _settings(place, version)
    made = _fitted(place, version, bundle, settings)
    difference = unlike(bundle, made)
    packages = unlike_lock(place.root, version.lineage.git_commit)
    document = {
        "version": version.version,
        "same": difference is None,
        "difference": difference,
        "stored": bundle.bundle_sha256,
        "derived": made.bundle_sha256,
        "search": _search_words(settings, bundle.manifest),
        "packages_unlike_lock": packages,
    }
    say(document, _shown(document), as_json=as_json)
    return 0 if difference is None else DIFFERS


def unlike(stored: Bundle, made: Bundle) -> str | None:
    """The first file or field in which two bundles differ; None if they are the same.

    Fields that the manifest names as free to differ are, and the signature is.
    """
    if stored.bundle_sha256 == made.bundle_sha256:
        return None
    for name in sorted({*stored.files, *made.files} - {MANIFEST, SIGNATURE}):
        if stored.files.get(name) != made.files.get(name):
            return f"{name} ({_inside(name, stored, made)})"
    before, after = fixed_fields(stored.manifest), fixed_fields(made.manifest)
    return first_difference(before, after, MANIFEST)


def _inside(name: str, stored: Bundle, made: Bundle) -> str:
    """Where a file differs, if it is JSON; the manifest usually says why."""
    if name.endswith(".json") and name in stored.files and name in made.files:
        documents = (json.loads(b.files[name]) for b in (stored, made))
        return first_difference(*documents) or "order of keys"
    before, after = fixed_fields(stored.manifest), fixed_fields(made.manifest)
    return first_difference(before["model"], after["model"]) or "bytes"


def _fitted(
    place: Place, version: Version, bundle: Bundle, settings: Settings
) -> Bundle:
    split = read_split(place, version)
    dataset = load(place.dataset)
    with threadpool_limits(settings.model.threads):
        chosen = _chosen(place, split, settings, bundle.manifest)
    return fit_bundle(
        split,
        dataset,
        chosen,
        settings.model,
        settings.calibration,
        bundle.economics,
        lineage=bundle.manifest["lineage"],
    )


def _chosen(
    place: Place, split: Split, settings: Settings, manifest: Mapping[str, Any]
) -> SearchResult:
    """Search again, unless a clock cut the search: then what it found stands."""
    if not manifest["reproducible"]:
        return msgspec.convert(manifest["model"]["search"], SearchResult)
    plan = settings.search
    maturity_days = settings.snapshots.maturity_days if settings.snapshots else 0
    return search(
        split.train,
        load(place.dataset).model_features,
        settings.model,
        None if plan is None else replace(plan, max_seconds=NO_LIMIT_SECONDS),
        maturity_days=maturity_days,
        observer=Observer(time.monotonic, lambda _trial: None),
    )


def _settings(place: Place, version: Version) -> Settings:
    """The configuration that ZenML kept with the run.

    Raises
    ------
    HoldfastError
        If this ZenML does not know the run.
    """
    from zenml.client import Client

    from cli.stacks.apply import apply_stack

    apply_stack(place.stack, root=place.root)
    run = version.lineage.run
    try:
        found = Client().get_pipeline_run(run, allow_name_prefix_match=False)
    except KeyError:
        raise HoldfastError(
            f"this ZenML does not know the run {run}, whose configuration is needed; "
            "retrain where the run was made"
        ) from None
    told = found.config.parameters or {}
    where = f"configuration of {run}"
    names = ("model", "search", "calibration", "snapshots")
    return parse({name: told[name] for name in names}, Settings, where)


def _shown(document: Mapping[str, Any]) -> Group:
    told = f"version {document['version']}, fitted again: "
    if document["same"]:
        head = Text(f"{told}same bytes, {document['stored'][:12]}", style="bold green")
    else:
        head = Text(
            f"{told}ANOTHER BUNDLE, first in {document['difference']}",
            style="bold red",
        )
    return Group(
        head,
        Text(document["search"]),
        Text(_packages(document["packages_unlike_lock"])),
    )


def _search_words(settings: Settings, manifest: Mapping[str, Any]) -> str:
    if settings.model.kind is not None:
        return "kind and parameters are fixed by the configuration"
    if not manifest["reproducible"]:
        return "the search is taken as it was: its time had run out"
    return "searched again"


def _packages(unlike_it: tuple[str, ...] | None) -> str:
    if unlike_it is None:
        return "the lock of its commit is not at hand here"
    if not unlike_it:
        return "the packages are those of its lock"
    return f"packages unlike its lock: {', '.join(unlike_it)}"
