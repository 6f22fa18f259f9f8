"""The server's description of itself, of the very model it serves."""

from collections.abc import Mapping
from typing import Any

from serving.problems import TITLES
from serving.schemas import schemas
from serving.settings import Settings
from serving.worker import Served

VERSION = "1"
Json = Mapping[str, Any]
HEALTH = (
    ("/health/live", "Live", "Whether the server runs."),
    ("/health/ready", "ServerReady", "Whether a release is served."),
)

READ = (401, 403)
ALWAYS = (503,)
POSTED = (400, 401, 403, 408, 413, 415, 422, 500, 503)


def openapi(settings: Settings, served: Served | None, *, has_keys: bool) -> Json:
    """The OpenAPI 3.1 document."""
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": _title(served),
            "version": VERSION,
            "summary": "Who will leave, whom to contact, and why.",
        },
        "paths": _paths(served),
        "components": {"schemas": schemas(settings, served)},
    }
    return _with_keys(document) if has_keys else document


def _title(served: Served | None) -> str:
    if served is None:
        return "Holdfast model server: no release is served yet"
    title = f"{served.model}, version {served.champion.version}"
    if served.challenger is None:
        return title
    return f"{title}, {served.mode} {served.challenger.version}"


def _paths(served: Served | None) -> dict[str, Json]:
    paths = {**_of_prediction(), **_of_operation()}
    if served is not None:
        paths |= _of_inference(served)
    return paths


def _of_prediction() -> dict[str, Json]:
    reasons = {
        "name": "reasons",
        "in": "query",
        "description": "How many reasons to give for each customer.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 100, "default": 0},
    }
    predict = _operation(
        "predict",
        "Score one customer or many.",
        "Answer",
        body="Predict",
        posted=POSTED,
    )
    predict["parameters"] = [reasons]
    predict["responses"]["200"]["content"] = _content(
        {"anyOf": [_ref("Answer"), _ref("SeldonAnswer")]}
    )
    predict["responses"]["404"] = _problem(404)
    seldon = _operation(
        "seldonPredict",
        "The same in Seldon's first protocol.",
        "SeldonAnswer",
        body="SeldonMessage",
        posted=POSTED,
    )
    seldon["parameters"] = [reasons]
    seldon["responses"]["404"] = _problem(404)
    feedback = _operation(
        "seldonFeedback",
        "Tell what became of a customer.",
        "SeldonFeedbackAnswer",
        body="SeldonFeedback",
        posted=POSTED,
    )
    return {
        "/predict": {"post": predict},
        "/api/v1.0/predictions": {"post": seldon},
        "/api/v1.0/feedback": {"post": feedback},
    }


def _of_inference(served: Served) -> dict[str, Json]:
    below = f"/v2/models/{served.model}"
    infer = _operation(
        "v2Infer",
        "The same in the Open Inference Protocol: one tensor a feature.",
        "InferenceAnswer",
        body="Inference",
        posted=(*POSTED, 404),
    )
    model = _operation(
        "v2Model",
        "Which tensors the model takes and gives.",
        "ModelMetadata",
        posted=READ,
    )
    ready = _operation("v2ModelReady", "Whether the model is ready.", "Ready")
    server = _operation("v2Server", "The server's name and version.", "ServerMetadata")
    paths: dict[str, Json] = {"/v2": {"get": server}}
    for path, operation in ((below, model), (f"{below}/ready", ready)):
        operation["responses"] |= {"404": _problem(404), "503": _problem(503)}
        paths[path] = {"get": operation}
    paths[f"{below}/infer"] = {"post": infer}
    return paths


def _of_operation() -> dict[str, Json]:
    metrics = _operation(
        "metrics", "Counts and times, as Prometheus reads them.", None, posted=READ
    )
    metrics["responses"]["200"]["content"] = {
        "text/plain": {"schema": {"type": "string"}}
    }
    docs = _operation("docs", "This page.", None)
    docs["responses"]["200"]["content"] = {"text/html": {"schema": {"type": "string"}}}
    push = _operation(
        "pushRelease",
        "Serve this release, if it is newer and its models load.",
        "ReleaseState",
        body="Release",
        posted=(*POSTED, 409),
    )
    push["responses"]["202"] = {
        "description": "Taken; not served yet.",
        "content": _content(_ref("ReleaseState")),
    }
    release = _operation(
        "release",
        "Which versions are served, and what was refused.",
        "ReleaseState",
        posted=READ,
    )
    root = _operation("root", "On to this page.", None)
    root["responses"] = {"307": {"description": "To /docs."}}
    found: dict[str, Json] = {
        "/": {"get": root},
        "/metrics": {"get": metrics},
        "/release": {"get": release, "put": push},
        "/openapi.json": {"get": _operation("openapi", "This document.", "Object")},
        "/docs": {"get": docs},
    }
    for path, name, summary in HEALTH:
        for prefix in ("", "/v2"):
            operation = _operation(f"{prefix[1:]}health{name}", summary, name)
            operation["responses"]["503"] = _problem(503)
            found[prefix + path] = {"get": operation}
    return found


def _operation(
    name: str,
    summary: str,
    answer: str | None,
    *,
    body: str | None = None,
    posted: tuple[int, ...] = (),
) -> dict[str, Any]:
    content = {} if answer is None else {"content": _content(_ref(answer))}
    responses: dict[str, Any] = {"200": {"description": "Done.", **content}}
    responses |= {str(status): _problem(status) for status in posted}
    operation = {"operationId": name, "summary": summary, "responses": responses}
    if body is not None:
        operation["requestBody"] = {"required": True, "content": _content(_ref(body))}
    return operation


def _with_keys(document: dict[str, Any]) -> Json:
    """Every operation that may answer 401 asks for a key, in either header."""
    document["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    for methods in document["paths"].values():
        for operation in methods.values():
            if "401" in operation["responses"]:
                operation["security"] = [{"bearer": []}, {"key": []}]
    return document


def _problem(status: int) -> Json:
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {"description": TITLES[status], "content": content}


def _content(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
