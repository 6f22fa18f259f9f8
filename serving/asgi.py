"""What Granian loads in each worker: the application, built from the environment."""

import gc
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serving.active import StateFolder
from serving.mapped import share_counters
from serving.settings import Settings, from_environment
from serving.worker import Model
from storage.predictions.record import CUSTOMER_KEY, CustomerHash
from storage.predictions.writer import SegmentWriter

if TYPE_CHECKING:
    from serving.app import Application


def build(
    settings: Settings, model: Model, *, environ: Mapping[str, str]
) -> "Application":
    """The application of one worker."""
    # Where the workers share their counters must be known before these are imported.
    from serving.app import Application
    from serving.keys import KeyFile
    from serving.online import OnlineFeatures
    from serving.operating import Operating
    from serving.predicting import Predicting
    from serving.recording import Recorder
    from serving.routes import Routes

    state = StateFolder(Path(settings.state))
    keys = KeyFile(Path(settings.keys)) if settings.keys else None
    recorder = Recorder(
        _log(settings, state),
        CustomerHash.of(_with_key(settings, environ)),
        slow_seconds=settings.slow_seconds,
    )
    online = OnlineFeatures(settings, environ) if settings.online else None
    predicting = Predicting(settings, model, recorder, online)
    operating = Operating(settings, model, state, has_keys=keys is not None)
    routes = Routes(predicting, operating, model)
    return Application(settings, routes, recorder, keys)


def _log(settings: Settings, state: StateFolder) -> SegmentWriter:
    return SegmentWriter(
        state.log,
        worker=str(os.getpid()),
        rotate_bytes=settings.segment_bytes,
        rotate_seconds=settings.segment_seconds,
        on_full=settings.full_disk,
    )


def _with_key(settings: Settings, environ: Mapping[str, str]) -> Mapping[str, str]:
    key = settings.customer_key
    return environ if key is None else {**environ, CUSTOMER_KEY: key}


def _worker() -> "Application":
    settings = from_environment(os.environ)
    state = StateFolder(Path(settings.state))
    share_counters(state.metrics)
    model = Model(state, trusted=_trusted(settings))
    model.start()
    application = build(settings, model, environ=os.environ)
    # What is here by now stays: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    return application


def _trusted(settings: Settings) -> Any:
    if settings.trusted_keys is None:
        return None
    from churn.scoring.keys import TRUSTED_KEYS, trusted_keys

    return trusted_keys({TRUSTED_KEYS: settings.trusted_keys})


def __getattr__(name: str) -> Any:
    """``app`` is built when it is asked for: importing this module starts nothing."""
    if name != "app":
        raise AttributeError(name)
    application = globals()["app"] = _worker()
    return application
