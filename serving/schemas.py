"""JSON schemas of what the server takes and gives; the model's features are in them."""

from collections.abc import Mapping, Sequence
from typing import Any

from churn.scoring.inputs import LARGEST
from serving.metrics import DECISIONS
from serving.protocols.inference import OUTPUTS
from serving.protocols.seldon import NAMES
from serving.settings import Settings
from serving.worker import Served

Json = Mapping[str, Any]

ANY = {"type": "object"}
TEXT = {"type": "string"}
PLAIN_TEXT = {"type": "string", "pattern": "^[^\\u0000]*$"}
REQUEST_ID = {"type": ["string", "null"], "maxLength": 128}
PROBABILITY = {"type": "number", "minimum": 0, "maximum": 1}
CUSTOMER_ID = {"type": ["string", "null"], "minLength": 1, "maxLength": 256}
CUSTOMER_VALUE = {
    "type": ["number", "null"],
    "minimum": 0,
    "maximum": 1e12,
    "description": "EUR a year; without it the usual one of training is taken.",
}
WORTH = {"type": "number", "minimum": 0, "maximum": 1e12}
NUMBER = {"type": ["number", "null"], "minimum": -LARGEST, "maximum": LARGEST}
CATEGORY = {"type": ["string", "null"], "pattern": "^[^\\u0000]*$"}
REASON = {
    "type": "object",
    "required": ["feature", "log_odds", "share"],
    "properties": {
        "feature": TEXT,
        "log_odds": {"type": "number"},
        "share": {
            "type": "number",
            "description": "Of probability - base_probability, the sum of all.",
        },
    },
}


def schemas(settings: Settings, served: Served | None) -> dict[str, Json]:
    """All of them by name."""
    return {
        **_native(settings, served),
        **_seldon(settings, served),
        **_inference(served),
        **_release(),
        "Problem": _problem(),
        "Object": ANY,
        "Live": _object({"live": {"const": True}}),
        "ServerReady": _object({"ready": {"const": True}}),
        "Ready": _object({"name": TEXT, "ready": {"const": True}}),
    }


def values_schema(served: Served | None) -> Json:
    """The features that are taken, with their kind, meaning and unit."""
    properties: dict[str, Json] = {}
    for loaded in () if served is None else (served.champion, served.challenger):
        for feature in () if loaded is None else loaded.bundle.manifest["features"]:
            kind = CATEGORY if feature["kind"] == "category" else NUMBER
            meaning = f"{feature['meaning']} ({feature['unit']})"
            properties.setdefault(feature["name"], kind | {"description": meaning})
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "description": "What is absent or null is scored as missing.",
    }


def _native(settings: Settings, served: Served | None) -> dict[str, Json]:
    customer = {
        "customer_id": CUSTOMER_ID,
        "customer_value": WORTH if _needs_value(served) else CUSTOMER_VALUE,
        "values": {"$ref": "#/components/schemas/Values"},
    }
    by_name = {"required": ["customer_id"], "properties": {"customer_id": TEXT}}
    asked = [{"required": ["values"]}, *([by_name] if settings.online else [])]
    always = {"required": ["customer_value"]} if _needs_value(served) else {}
    prediction = {
        "customer_id": {"type": ["string", "null"]},
        "model_version": TEXT,
        "probability": PROBABILITY,
        "decision": {"enum": list(DECISIONS)},
        "threshold": {
            "type": ["number", "null"],
            "description": "Above it a contact pays; null where it never does.",
        },
        "expected_net_value_eur": {"type": "number"},
        "warnings": {"type": "array", "items": TEXT},
    }
    told = {
        "base_probability": PROBABILITY,
        "reasons": {"type": "array", "items": REASON},
    }
    return {
        "Values": values_schema(served),
        "Customer": {
            "type": "object",
            "properties": customer,
            "additionalProperties": False,
            "anyOf": asked,
            **always,
        },
        "Customers": {
            "type": "object",
            "required": ["customers"],
            "properties": {"customers": _array(_ref("Customer"), settings.most_rows)},
            "additionalProperties": False,
        },
        "Predict": {
            "anyOf": [_ref("Customer"), _ref("Customers"), _ref("SeldonMessage")]
        },
        "Prediction": _object(prediction, told),
        "Answer": _object(
            {
                "request_id": TEXT,
                "model_version": {
                    "type": ["string", "null"],
                    "description": "Null where a canary answered some customers.",
                },
                "predictions": {"type": "array", "items": _ref("Prediction")},
            }
        ),
    }


def _seldon(settings: Settings, served: Served | None) -> dict[str, Json]:
    columns = () if served is None else _columns(served)
    kinds = [kind for _, kind in columns]
    line = {
        "type": "array",
        "prefixItems": kinds,
        "items": False,
        "minItems": len(kinds),
        "maxItems": len(kinds),
    }
    data = _closed(
        {
            "names": {"const": [name for name, _ in columns]},
            "ndarray": _array(line, settings.most_rows),
        }
    )
    told = (
        "Columns in any order, by names, customer_id among them if you like; without "
        'names the features as the model has them. A tensor ({"shape": [rows, '
        'columns], "values": [...]}) is taken too, and jsonData like a Predict.'
    )
    puid = {"type": "object", "properties": {"puid": REQUEST_ID}}
    table = {"type": "array", "items": {"type": "array", "items": {"type": "number"}}}
    answered = {"names": {"const": list(NAMES)}}
    return {
        "SeldonMessage": _closed(
            {"data": data | {"description": told}}, {"meta": puid}
        ),
        "SeldonAnswer": _object(
            {"meta": ANY},
            {
                "jsonData": _ref("Answer"),
                "data": _object(answered, {"ndarray": table, "tensor": ANY}),
            },
        ),
        "SeldonFeedback": _feedback(),
        "SeldonFeedbackAnswer": _object({"meta": ANY}),
    }


def _feedback() -> Json:
    one = {"type": "array", "items": {"type": "number"}, "minItems": 1, "maxItems": 1}
    data = _closed({"ndarray": one | {"items": one}})
    puid = {"type": "string", "minLength": 1, "maxLength": 128}
    truth = _closed({"data": data})
    rewarded = {"required": ["reward"], "properties": {"reward": {"type": "number"}}}
    return _closed(
        {"response": _closed({"meta": _object({"puid": puid})})},
        {
            "truth": {"anyOf": [truth, {"type": "null"}]},
            "reward": {"type": ["number", "null"]},
        },
    ) | {"anyOf": [{"required": ["truth"], "properties": {"truth": truth}}, rewarded]}


def _inference(served: Served | None) -> dict[str, Json]:
    columns = () if served is None else _columns(served)
    tensors = [_tensor(name, kind) for name, kind in columns]
    inputs = {
        "type": "array",
        "prefixItems": tensors,
        "items": False,
        "minItems": len(tensors),
        "maxItems": len(tensors),
        "description": "One tensor a feature, in any order, all of one length n and of "
        "shape [n] or [n, 1]; an absent one is missing.",
    }
    outputs = {
        "type": ["array", "null"],
        "items": _closed({"name": {"enum": list(OUTPUTS)}}),
    }
    many = {"type": "array", "items": ANY}
    texts = {"type": "array", "items": TEXT}
    return {
        "Inference": _closed(
            {"inputs": inputs}, {"id": REQUEST_ID, "outputs": outputs}
        ),
        "InferenceAnswer": _object(
            {"model_name": TEXT, "id": TEXT, "outputs": many}, {"model_version": TEXT}
        ),
        "ServerMetadata": _object({"name": TEXT, "version": TEXT, "extensions": texts}),
        "ModelMetadata": _object(
            {
                "name": TEXT,
                "versions": texts,
                "platform": TEXT,
                "inputs": many,
                "outputs": many,
            }
        ),
    }


def _tensor(name: str, kind: Json) -> Json:
    """Of one row: no schema can say that all tensors are of one length."""
    return _closed(
        {
            "name": {"const": name},
            "shape": {"const": [1]},
            "datatype": {"const": "BYTES" if "string" in kind["type"] else "FP64"},
            "data": {"type": "array", "items": kind, "minItems": 1, "maxItems": 1},
        }
    )


def _release() -> dict[str, Json]:
    version = _closed({"version": TEXT, "bundle_uri": TEXT, "bundle_sha256": TEXT})
    return {
        "ReleaseState": _object({"serving": {"type": ["object", "null"]}}),
        "Release": _closed(
            {
                "format_version": {"const": 1},
                "model": TEXT,
                "sequence": {"type": "integer"},
                "ledger_hash": TEXT,
                "champion": {"anyOf": [version, {"type": "null"}]},
                "challenger": {"anyOf": [version, {"type": "null"}]},
                "mode": {"enum": ["live", "shadow", "canary"]},
                "weight": {"type": "number"},
            }
        ),
    }


def _problem() -> Json:
    return _object(
        {
            "type": TEXT,
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "request_id": TEXT,
        },
        {
            "field": {
                "type": "string",
                "description": "To blame, like customers[3].values.tenure_months.",
            },
            "error": TEXT,
        },
    )


def _columns(served: Served) -> Sequence[tuple[str, Json]]:
    """What a table must hold, in order, each with the schema of its values."""
    features = served.champion.bundle.manifest["features"]
    columns = [
        (feature["name"], CATEGORY if feature["kind"] == "category" else NUMBER)
        for feature in features
    ]
    return [*columns, ("customer_value", WORTH)] if _needs_value(served) else columns


def _needs_value(served: Served | None) -> bool:
    """Whether nobody knows what a customer is worth who is sent without a value."""
    versions = () if served is None else (served.champion, served.challenger)
    medians = [v.bundle.median_customer_value_eur for v in versions if v is not None]
    return None in medians


def _array(items: Json, most: int) -> Json:
    return {"type": "array", "items": items, "minItems": 1, "maxItems": most}


def _object(required: Json, optional: Json | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
    }


def _closed(required: Json, optional: Json | None = None) -> dict[str, Any]:
    return _object(required, optional) | {"additionalProperties": False}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
