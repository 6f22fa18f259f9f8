"""Every option of the server, its default and its bounds: one place for all.

An option comes from the command line (``--most-rows 100``), else from the environment
(``HOLDFAST_MOST_ROWS``, or the variable by which the stack names a store).
"""

import types
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from churn.errors import ConfigError

VARIABLE = "HOLDFAST_SERVING"
"""Carries the settings, as JSON, to the processes the supervisor starts."""
PREFIX = "HOLDFAST_"
STORES = {
    "release": "HOLDFAST_RELEASE_URL",
    "online": "HOLDFAST_ONLINE_URL",
    "predictions": "HOLDFAST_PREDICTIONS_URL",
    "trusted_keys": "HOLDFAST_TRUSTED_KEYS",
}


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the server was told when it was started."""

    release: Annotated[
        str | None,
        Meta(
            description="The release to follow: a file or s3://BUCKET/KEY; with "
            "--model also the folder that holds MODEL.json. None: only what is pushed."
        ),
    ] = None
    model: Annotated[
        str | None,
        Meta(description="The model's name in the ledger; other releases are refused."),
    ] = None
    state: Annotated[
        str, Meta(description="Folder of what must outlive a restart; of one server.")
    ] = ".holdfast/serving"
    host: Annotated[str, Meta(description="Address to listen at.")] = "127.0.0.1"
    port: Annotated[
        int, Meta(ge=0, le=65535, description="Port to listen at; 0: any free one.")
    ] = 8080
    share_port: Annotated[
        bool, Meta(description="Join a server that already listens there.")
    ] = False
    greeting: Annotated[
        str | None,
        Meta(description="Text that is printed once the server answers."),
    ] = None
    workers: Annotated[int, Meta(ge=1, le=64, description="Processes that answer.")] = 1
    follow_seconds: Annotated[
        float, Meta(ge=0.01, le=3600, description="Pause between looks at the release.")
    ] = 0.5
    drain_seconds: Annotated[
        int, Meta(ge=1, le=600, description="Time for open requests when stopping.")
    ] = 10
    trusted_keys: Annotated[
        str | None,
        Meta(description="Public keys, one of which must have signed each bundle."),
    ] = None

    keys: Annotated[
        str | None,
        Meta(description="File of API keys (keygen makes one). None: open to all."),
    ] = None
    most_body_bytes: Annotated[
        int, Meta(ge=1024, le=2**30, description="Longest request body.")
    ] = 8 * 2**20
    most_rows: Annotated[
        int, Meta(ge=1, le=1_000_000, description="Most customers in one request.")
    ] = 10_000
    most_depth: Annotated[
        int, Meta(ge=4, le=256, description="Deepest nesting of a request's JSON.")
    ] = 16
    request_seconds: Annotated[
        float, Meta(gt=0, le=600, description="Longest time to receive a body.")
    ] = 10.0
    slow_seconds: Annotated[
        float,
        Meta(gt=0, le=600, description="A canary's answer after this is a slow one."),
    ] = 0.05
    hang_seconds: Annotated[
        float,
        Meta(ge=0.5, le=600, description="A worker that is stuck this long is ended."),
    ] = 20.0

    online: Annotated[
        str | None,
        Meta(description="Online features: sqlite:///PATH or redis://HOST:PORT/DB."),
    ] = None
    unknown_customer: Annotated[
        Literal["refuse", "score"],
        Meta(description="A customer without online features."),
    ] = "refuse"
    stale_after_days: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Age at which a customer's features count as unknown."),
    ] = None

    predictions: Annotated[
        str | None,
        Meta(description="Where closed segments of the prediction log are shipped."),
    ] = None
    customer_key: Annotated[
        str | None,
        Meta(description="file:PATH or env:NAME of the key that hashes customer ids."),
    ] = None
    full_disk: Annotated[
        Literal["refuse", "serve"],
        Meta(description="When an answer cannot be logged."),
    ] = "refuse"
    segment_bytes: Annotated[
        int, Meta(ge=1024, le=2**30, description="A segment of the log is closed here.")
    ] = 16 * 2**20
    segment_seconds: Annotated[
        float, Meta(ge=0.1, le=86_400, description="... or when it is this old.")
    ] = 60.0
    ship_seconds: Annotated[
        float, Meta(ge=0.1, le=86_400, description="Pause between two shipments.")
    ] = 15.0

    observer_memory_bytes: Annotated[
        int,
        Meta(ge=2**28, description="Memory of the process that runs a shadow."),
    ] = 2 * 2**30
    observer_cpu_share: Annotated[
        float, Meta(gt=0, le=1, description="Of one core, for shadow and drift.")
    ] = 0.25
    observer_lag_bytes: Annotated[
        int, Meta(ge=4096, description="Behind the log by more, the observer skips.")
    ] = 8 * 2**20
    observer_hang_seconds: Annotated[
        float, Meta(ge=0.5, le=600, description="An observer silent for so long ends.")
    ] = 10.0
    observer_deaths: Annotated[
        int, Meta(ge=1, le=100, description="Deaths after which a shadow is dropped.")
    ] = 3
    drift_rows: Annotated[
        int, Meta(ge=100, le=1_000_000, description="Rows that drift is measured on.")
    ] = 5_000


def settings_of(given: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """The settings of a command line, completed from the environment.

    Raises
    ------
    ConfigError
        If a value is of the wrong type or out of bounds; one line, naming the option.
    """
    values = {}
    for name in Settings.__struct_fields__:
        value = given.get(name)
        variable = variable_of(name)
        source = option_of(name)
        if value is None and environ.get(variable):
            value, source = environ[variable], variable
        if value is not None:
            values[name] = _converted(name, value, source)
    return _complete(Settings(**values))


def from_environment(environ: Mapping[str, str]) -> Settings:
    """The settings that the supervisor hands to the processes it starts.

    Raises
    ------
    ConfigError
        If there are none: the process was not started by ``python -m serving``.
    """
    if VARIABLE not in environ:
        raise ConfigError(
            f"{VARIABLE} is not set; start the server with `python -m serving`"
        )
    return msgspec.json.decode(environ[VARIABLE], type=Settings)


def as_text(settings: Settings) -> str:
    """The settings as the variable holds them."""
    return msgspec.json.encode(settings).decode()


def option_of(name: str) -> str:
    """How the command line calls a setting."""
    return f"--{name.replace('_', '-')}"


def variable_of(name: str) -> str:
    """How the environment calls a setting."""
    return STORES.get(name, f"{PREFIX}{name.upper()}")


def kind_of(name: str) -> Any:
    """The type of a setting, without its bounds and without None."""
    found = get_type_hints(Settings)[name]
    if get_origin(found) in (Union, types.UnionType):
        return next(kind for kind in get_args(found) if kind is not type(None))
    return found


def description_of(name: str) -> str:
    """What a setting means."""
    annotated = get_type_hints(Settings, include_extras=True)[name]
    return next(str(m.description) for m in get_args(annotated) if isinstance(m, Meta))


def _converted(name: str, value: Any, source: str) -> Any:
    annotated = get_type_hints(Settings, include_extras=True)[name]
    kind = kind_of(name)
    if get_origin(kind) is Literal and value not in get_args(kind):
        expected = " or ".join(get_args(kind))
        raise ConfigError(f"{source}: expected {expected}, found {value!r}")
    try:
        return msgspec.convert(value, annotated, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"{source}: {_lowered(str(error))}, found {value!r}"
        ) from None


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _complete(settings: Settings) -> Settings:
    """The release's folder and the model's name make the release's address."""
    place = settings.release
    if place is None or place.endswith(".json"):
        return settings
    if settings.model is None:
        raise ConfigError(
            f"--release: expected a file MODEL.json, found {place}; name it, or add "
            "--model MODEL where this is the folder of releases"
        )
    address = f"{place.rstrip('/')}/{settings.model}.json"
    return msgspec.structs.replace(settings, release=address)
