"""Which handler answers which path, and what a caller must bring."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from serving.exchange import JSON, Reply, Request
from serving.keys import Scope
from serving.operating import Operating
from serving.predicting import Predicting
from serving.problems import NOTHING, Problem
from serving.worker import Model

Handler = Callable[[Request], Awaitable[Reply]]

BINARY = b"application/octet-stream"


class Route(NamedTuple):
    """A handler, its name in the metrics, the scope asked for, and the bodies taken."""

    name: str
    handler: Handler
    scope: Scope | None = None
    media: tuple[bytes, ...] = ()


class Routes:
    """Finds routes by path and method."""

    def __init__(
        self, predicting: Predicting, operating: Operating, model: Model
    ) -> None:
        self._model = model
        self._exact = _exact(predicting, operating)
        self._of_model = _of_model(predicting, operating)
        infer = self._of_model["infer"]["POST"]
        self._of_version = {"POST": infer._replace(handler=predicting.infer_champion)}

    def find(self, path: str, method: str) -> Route:
        """The route of a request; HEAD is GET.

        Raises
        ------
        Problem
            404 for a path that leads nowhere, 405 for another method.
        """
        methods = self._exact.get(path) or self._below_models(path)
        route = methods.get("GET" if method == "HEAD" else method)
        if route is None:
            allowed = ", ".join([*methods, *(["HEAD"] if "GET" in methods else [])])
            raise Problem(
                405,
                f"expected {allowed}",
                headers=((b"allow", allowed.encode()),),
            )
        return route

    def _below_models(self, path: str) -> Mapping[str, Route]:
        """``/v2/models/{name}``, ``/versions/{version}`` and what is below them."""
        parts = path.split("/")
        if parts[:3] != ["", "v2", "models"] or len(parts) < len(["", "v2", "m"]) + 1:
            raise Problem(404, "there is no such path; see /docs")
        name, rest, version = parts[3], parts[4:], None
        if rest[:1] == ["versions"]:
            version, rest = (rest[1] if len(rest) > 1 else ""), rest[2:]
        methods = self._of_model.get("/".join(rest))
        if methods is None:
            raise Problem(404, "there is no such path; see /docs")
        self._check_model(name, version)
        is_infer = version is not None and "POST" in methods
        return self._of_version if is_infer else methods

    def _check_model(self, name: str, version: str | None) -> None:
        served = self._model.current
        if served is None:
            raise Problem(503, NOTHING)
        if name != served.model:
            raise Problem(404, f"there is one model here: {served.model}")
        if version is not None and version != served.champion.version:
            raise Problem(404, f"the version served is {served.champion.version}")


def _exact(predicting: Predicting, operating: Operating) -> dict[str, dict[str, Route]]:
    json = (JSON,)
    predict = Route("predict", predicting.predict, "predict", json)
    seldon = Route("seldon_predict", predicting.seldon_predict, "predict", json)
    feedback = Route("seldon_feedback", predicting.seldon_feedback, "predict", json)
    live = Route("live", operating.live)
    ready = Route("ready", operating.ready)
    return {
        "/predict": {"POST": predict},
        "/api/v1.0/predictions": {"POST": seldon},
        "/api/v0.1/predictions": {"POST": seldon},
        "/api/v1.0/feedback": {"POST": feedback},
        # Where Seldon's executor sends feedback, as it sends questions to /predict.
        "/send-feedback": {"POST": feedback},
        "/health/live": {"GET": live},
        "/health/ready": {"GET": ready},
        "/v2": {"GET": Route("v2", operating.server_metadata)},
        "/v2/health/live": {"GET": live},
        "/v2/health/ready": {"GET": ready},
        "/metrics": {"GET": Route("metrics", operating.metrics, "metrics")},
        "/release": {
            "GET": Route("release", operating.release, "metrics"),
            "PUT": Route("push", operating.push, "release", json),
        },
        "/openapi.json": {"GET": Route("openapi", operating.openapi)},
        "/": {"GET": Route("root", operating.root)},
        "/docs": {"GET": Route("docs", operating.docs)},
    }


def _of_model(
    predicting: Predicting, operating: Operating
) -> dict[str, dict[str, Route]]:
    media = (JSON, BINARY)
    return {
        "": {"GET": Route("v2_model", operating.model_metadata, "predict")},
        "ready": {"GET": Route("v2_ready", operating.model_ready)},
        "infer": {"POST": Route("v2_infer", predicting.infer, "predict", media)},
    }
