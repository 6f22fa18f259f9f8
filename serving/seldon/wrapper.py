"""The class that ``seldon-core-microservice`` runs, for teams on Seldon's base image.

``seldon-core-microservice serving.seldon.wrapper.ChurnModel`` serves one bundle. It
reads and answers SeldonMessages with the very code of our own server; what the wrapper
lacks is the rest of it: no release to follow, no canary, no log, no keys.
"""

import json
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import msgspec

from churn.errors import InputError
from churn.scoring.bundle import open_bundle
from churn.scoring.inputs import InputSchema
from churn.scoring.keys import TRUSTED_KEYS, trusted_keys
from serving.arms import ArmCounter
from serving.problems import Problem
from serving.protocols import seldon
from serving.scoring import score
from serving.worker import Loaded, Served

MOST_ROWS = 10_000
MOST_DEPTH = 16
HASH_CHARACTERS = 12
UNPROCESSABLE = 422


class ChurnModel:
    """One bundle, answering as our server does.

    Parameters
    ----------
    model_uri : str
        The folder into which Seldon put the bundle.
    version : str
        As answers shall call it; empty: the first characters of the bundle's hash.
    trusted_keys : str
        File or folder of public keys, one of which must have signed the bundle;
        empty: any bundle that is whole.
    """

    def __init__(
        self, model_uri: str = "/mnt/models", version: str = "", trusted_keys: str = ""
    ) -> None:
        self._folder, self._version = Path(model_uri), version
        self._keys = trusted_keys
        self._served: Served | None = None

    def load(self) -> None:
        """Read and verify the bundle; Seldon calls it in every worker."""
        self._served = _served(self._folder, self._version, self._keys)

    def predict_raw(self, msg: Any) -> Any:
        """Answer a SeldonMessage, as JSON or as protobuf, in its own kind.

        Raises
        ------
        SeldonMicroserviceException
            With the status and text that our server would answer.
        """
        from seldon_core import flask_utils, utils  # type: ignore[import-not-found]

        is_json = isinstance(msg, dict)
        content = json.dumps(
            msg if is_json else utils.seldon_message_to_json(msg)
        ).encode()
        try:
            answer = self._answer(content)
        except InputError as error:
            text, status = str(error), UNPROCESSABLE
        except Problem as problem:
            where = f"{problem.field}: " if problem.field else ""
            text, status = f"{where}{problem.detail}", problem.status
        else:
            return answer if is_json else utils.json_to_seldon_message(answer)
        raise flask_utils.SeldonMicroserviceException(text, status_code=status)

    def health_status(self) -> dict[str, Any]:
        """Which version is loaded."""
        return {"model_version": self._loaded().champion.version}

    def _answer(self, content: bytes) -> Any:
        served = self._loaded()
        message = seldon.read(content, most_depth=MOST_DEPTH)
        features = served.champion.inputs.names
        rows = seldon.table_of(message, features, most_rows=MOST_ROWS)
        puid = message.puid or ""
        found = score(served, rows, most_reasons=0)
        return msgspec.to_builtins(seldon.answer(message, found, request_id=puid))

    def _loaded(self) -> Served:
        if self._served is None:
            self._served = _served(self._folder, self._version, self._keys)
        return self._served


def _served(folder: Path, version: str, keys: str) -> Served:
    bundle = open_bundle(folder, trusted=trusted_keys({TRUSTED_KEYS: keys}))
    sha256 = bundle.bundle_sha256
    loaded = Loaded(
        version=version or sha256[:HASH_CHARACTERS],
        bundle_sha256=sha256,
        bundle=bundle,
        inputs=InputSchema.of(bundle.manifest),
        economics=bundle.economics,
    )
    return Served(
        model="",
        revision=0,
        sequence=0,
        champion=loaded,
        challenger=None,
        mode="live",
        weight=0.0,
        arms=ArmCounter(Path(gettempdir()), canary=0),
    )
