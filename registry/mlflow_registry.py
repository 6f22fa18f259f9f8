"""MLflow's model registry, made to agree with the ledger.

Every version is registered under the model's name. Approved ones are copied to
``<model>-production``, whose alias ``champion`` is what is live: whoever knows MLflow
needs nothing else. Tags on both carry the ledger's head; they are written last.
"""

from collections.abc import Mapping
from contextlib import redirect_stderr
from io import StringIO
from typing import TYPE_CHECKING

from churn.errors import HoldfastError
from registry.event import Event
from registry.state import state
from registry.verify import Head

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion, RegisteredModel

# One tag for both, so that a killed run never leaves one without the other.
HEAD = "ledger_head"
CHAMPION, CHALLENGER = "champion", "challenger"


def production_name(model: str) -> str:
    """The registered model that holds the approved versions alone."""
    return f"{model}-production"


def mirror_registry(
    client: "MlflowClient", model: str, events: tuple[Event, ...]
) -> tuple[str, ...]:
    """Set tags, copies and aliases as the history has them; says what was changed."""
    known = _model(client, model) if events else None
    if known is None:
        return ()
    head = state(events)
    seen = _seen(known.tags)
    done = seen.sequence if seen else 0
    if done > head.sequence:
        return ()  # another run has told it more
    changed = []
    for event in events:
        if event.kind == "decided" and event.sequence > done:
            changed += _decided(client, event)
    changed += _aliases(
        client, model, {CHAMPION: head.production, CHALLENGER: head.staging}
    )
    changed += _production(client, model, head.production)
    if done < head.sequence:
        for name in (production_name(model), model):
            _remember(client, name, f"{head.sequence}:{head.hash}")
    return tuple(changed)


def mlflow_heads(client: "MlflowClient", model: str) -> tuple[Head, ...]:
    """What MLflow saw of the ledger: by both models, and by each copy that was live."""
    names = (model, production_name(model))
    tags = [known.tags for name in names if (known := _model(client, name))]
    copies = client.search_model_versions(f"name = '{production_name(model)}'")
    heads = map(_seen, [*tags, *(copy.tags for copy in copies)])
    return tuple(head for head in heads if head is not None)


def find_version(
    client: "MlflowClient", model: str, version_id: str
) -> "ModelVersion | None":
    """The version of a registered model that carries this id of ours."""
    query = f"name = '{model}' and tag.version_id = '{version_id}'"
    found = client.search_model_versions(query)
    return found[0] if found else None


def _model(client: "MlflowClient", name: str) -> "RegisteredModel | None":
    from mlflow.exceptions import MlflowException

    try:
        return client.get_registered_model(name)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        found = str(error).partition("\n")[0]
        raise HoldfastError(
            f"expected to read {name!r} in MLflow, found {found}; start MLflow, or "
            "mend its address in the stack"
        ) from None


def _decided(client: "MlflowClient", event: Event) -> list[str]:
    """Tag the version with the decision, and copy it if it was approved."""
    version = find_version(client, event.model, event.version_id)
    if version is None:
        return []
    approved = event.evidence["decision"]["approved"]
    word = "approved" if approved else "rejected"
    changed = []
    if version.tags.get("decision") != word:
        client.set_model_version_tag(event.model, version.version, "decision", word)
        changed.append(f"MLflow: version {event.version} {word}")
    if approved:
        changed += _copied(client, event)
    return changed


def _copied(client: "MlflowClient", event: Event) -> list[str]:
    name = production_name(event.model)
    if find_version(client, name, event.version_id):
        return []
    source = find_version(client, event.model, event.version_id)
    if source is None:
        return []
    # The copy has the source's tags from its first moment on: it is found again.
    with redirect_stderr(StringIO()):  # where MLflow tells a person what it does
        client.copy_model_version(f"models:/{event.model}/{source.version}", name)
    return [f"MLflow: version {event.version} copied to {name}"]


def _production(client: "MlflowClient", model: str, live: Event | None) -> list[str]:
    """What is live, in the model that holds the approved versions."""
    if live is None:
        return []
    name = production_name(model)
    changed = _copied(client, live)
    changed += _aliases(client, name, {CHAMPION: live})
    copy = find_version(client, name, live.version_id)
    told = f"{live.sequence}:{live.hash}"
    if copy and copy.tags.get(HEAD) != told:
        client.set_model_version_tag(name, copy.version, HEAD, told)
    return changed


def _aliases(
    client: "MlflowClient", name: str, wanted: Mapping[str, Event | None]
) -> list[str]:
    known = _model(client, name)
    held = {} if known is None else {k: str(v) for k, v in known.aliases.items()}
    changed = []
    for alias, event in wanted.items():
        version = find_version(client, name, event.version_id) if event else None
        if version and held.get(alias) != str(version.version):
            client.set_registered_model_alias(name, alias, version.version)
            own = f"its own version {version.version}"
            changed.append(f"MLflow: {name} {alias} is {own}")
        elif event is None and alias in held:
            client.delete_registered_model_alias(name, alias)
            changed.append(f"MLflow: {name} has no {alias}")
    return changed


def _remember(client: "MlflowClient", name: str, head: str) -> None:
    if _model(client, name) is not None:
        client.set_registered_model_tag(name, HEAD, head)


def _seen(tags: Mapping[str, str]) -> Head | None:
    """The head of the ledger that a model's tags remember."""
    sequence, colon, hash_ = tags.get(HEAD, "").partition(":")
    is_head = colon and sequence.isdecimal()
    return Head("MLflow", int(sequence), hash_) if is_head else None
