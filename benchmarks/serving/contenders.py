"""Each server with its command, its request and where its answer has the probability.

All get one worker and the address of the same model. Ours checks a key and keeps a
prediction log besides; the others do no more than they do by themselves.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.quality import ROOT
from benchmarks.serving.ours import HERE, ours
from benchmarks.serving.prepared import Customer, Prepared
from benchmarks.serving.processes import CannotStartError, Program, free_port
from benchmarks.serving.requests import Request, answer, json_request

TOLERANCE = 1e-5
CHECKED = 20
"""Customers that each contender is asked about before it is measured."""


@dataclass(frozen=True)
class Contender:
    """A server before it runs: what starts it and what it is asked.

    ``probabilities`` finds them in an answer; None where there is no model.
    """

    program: Program
    ask: Callable[[Sequence[Customer]], Request]
    probabilities: Callable[[Any], Sequence[float]] | None


def holdfast(prepared: Prepared, folder: Path) -> Contender:
    """Ours, with API key, prediction log and metrics."""
    server = ours(folder)
    server.serve(prepared, "live")
    return Contender(server.program, server.ask, ours_said)


def ours_said(document: Any) -> list[float]:
    """The probabilities in an answer of our server."""
    return [prediction["probability"] for prediction in document["predictions"]]


def echo(prepared: Prepared, folder: Path) -> Contender:
    """No model at all, but what one could reach at most with this generator."""
    _ = prepared, folder
    port = free_port()
    url = f"http://{HERE}:{port}/"
    return Contender(
        Program(
            command=[sys.executable, "-m", "benchmarks.serving.rivals.echo", str(port)],
            ready_url=url,
            environment={},
            folder=ROOT,
        ),
        lambda customers: json_request(url, dict(customers[0].values)),
        None,
    )


def fastapi(prepared: Prepared, folder: Path) -> Contender:
    """FastAPI with pandas and the pipeline, on uvicorn with uvloop and httptools."""
    _ = folder
    port = free_port()
    target = "benchmarks.serving.rivals.fastapi_app:app"
    options = ["--host", HERE, "--port", str(port), "--no-access-log"]
    return Contender(
        Program(
            command=[sys.executable, "-m", "uvicorn", target, *options],
            ready_url=f"http://{HERE}:{port}/health",
            environment={"PIPELINE": str(prepared.pipeline)},
            folder=ROOT,
        ),
        lambda customers: json_request(
            f"http://{HERE}:{port}/predict", dict(customers[0].values)
        ),
        lambda document: [document["probability"]],
    )


def mlflow(prepared: Prepared, folder: Path) -> Contender:
    """``mlflow models serve`` of the pipeline, in the environment it was logged in."""
    _ = folder
    port = free_port()
    program = Path(sys.executable).with_name("mlflow")
    options = ["--env-manager", "local", "--host", HERE, "--port", str(port)]
    serve = ["models", "serve", "--model-uri", str(prepared.mlflow_model)]
    return Contender(
        Program(
            command=[str(program), *serve, *options, "--workers", "1"],
            ready_url=f"http://{HERE}:{port}/ping",
            environment={"PYTHONPATH": str(ROOT), "PATH": _beside(program)},
            folder=ROOT,
        ),
        lambda customers: json_request(
            f"http://{HERE}:{port}/invocations",
            {"dataframe_records": [dict(c.values) for c in customers]},
        ),
        lambda document: [row[1] for row in document["predictions"]],
    )


def mlserver(prepared: Prepared, folder: Path) -> Contender:
    """MLServer without a process between server and model: its fastest setting."""
    program = ROOT / ".venv-mlserver" / "bin" / "mlserver"
    _there(program, "make bench-serving makes it of requirements/mlserver.txt")
    port, settings = free_port(), folder / "mlserver"
    ports = {"http_port": port, "grpc_port": free_port(), "metrics_port": free_port()}
    model = {
        "name": "churn",
        "implementation": "mlserver_sklearn.SKLearnModel",
        "parameters": {"uri": str(prepared.pipeline)},
    }
    settings.mkdir()
    (settings / "settings.json").write_text(
        json.dumps({"host": HERE, "parallel_workers": 0, "debug": False, **ports})
    )
    (settings / "model-settings.json").write_text(json.dumps(model))
    return Contender(
        Program(
            command=[str(program), "start", str(settings)],
            ready_url=f"http://{HERE}:{port}/v2/models/churn/ready",
            environment={"PYTHONPATH": str(ROOT)},
            folder=settings,
        ),
        lambda customers: json_request(
            f"http://{HERE}:{port}/v2/models/churn/infer", inference(customers)
        ),
        lambda document: document["outputs"][0]["data"][1::2],
    )


def seldon(prepared: Prepared, folder: Path) -> Contender:
    """seldon-core's wrapper around our class for it, hence around our fast scoring."""
    program = ROOT / ".venv-seldon" / "bin" / "seldon-core-microservice"
    _there(program, "make bench-serving makes it of requirements/seldon.txt")
    port = free_port()
    ports = {"http": port, "grpc": free_port(), "metrics": free_port()}
    model = {"model_uri": prepared.champion.bundle_uri, "version": "1"}
    given = [{"name": n, "value": v, "type": "STRING"} for n, v in model.items()]
    options = [part for k, v in ports.items() for part in (f"--{k}-port", str(v))]
    target = ["serving.seldon.wrapper.ChurnModel", "--service-type", "MODEL"]
    return Contender(
        Program(
            command=[
                *(str(program), *target, *options, "--workers", "1"),
                *("--parameters", json.dumps(given)),
            ],
            ready_url=f"http://{HERE}:{port}/health/status",
            environment={"PYTHONPATH": str(ROOT)},
            folder=folder,
        ),
        lambda customers: json_request(
            f"http://{HERE}:{port}/api/v1.0/predictions", seldon_message(customers)
        ),
        lambda document: [row[0] for row in document["data"]["ndarray"]],
    )


def seldon_message(customers: Sequence[Customer]) -> dict[str, Any]:
    """Customers as a SeldonMessage has a table."""
    names = [*customers[0].values, "customer_value"]
    table = [[*c.values.values(), c.customer_value] for c in customers]
    return {"data": {"names": names, "ndarray": table}}


def inference(customers: Sequence[Customer]) -> dict[str, Any]:
    """Customers as the Open Inference Protocol has a pandas frame: by columns."""
    inputs = []
    for name, first in customers[0].values.items():
        is_text = isinstance(first, str)
        column = {
            "name": name,
            "shape": [len(customers), 1],
            "datatype": "BYTES" if is_text else "FP64",
            "data": [customer.values[name] for customer in customers],
        }
        text = {"parameters": {"content_type": "str"}} if is_text else {}
        inputs.append({**column, **text})
    return {
        "parameters": {"content_type": "pd"},
        "inputs": inputs,
        "outputs": [{"name": "predict_proba"}],
    }


CONTENDERS: Mapping[str, Callable[[Prepared, Path], Contender]] = {
    "holdfast": holdfast,
    "echo": echo,
    "fastapi": fastapi,
    "mlflow": mlflow,
    "mlserver": mlserver,
    "seldon": seldon,
}


def check_answers(contender: Contender, prepared: Prepared) -> None:
    """See that a server answers as scikit-learn does.

    Raises
    ------
    CannotStartError
        If it does not: its figures would be of another model.
    """
    if contender.probabilities is None:
        return
    for customer in prepared.customers[:CHECKED]:
        try:
            document = answer(contender.ask([customer]))
        except OSError as error:
            raise CannotStartError(f"it does not answer: {error}") from error
        found = contender.probabilities(document)[0]
        if abs(found - customer.probability) > TOLERANCE:
            raise CannotStartError(
                f"expected {customer.probability} for {customer.customer_id}, "
                f"found {found}"
            )


def _beside(program: Path) -> str:
    """The PATH of an activated environment: MLflow calls uvicorn by its bare name."""
    return os.pathsep.join([str(program.parent), os.environ.get("PATH", "")])


def _there(program: Path, how: str) -> None:
    if not program.exists():
        raise CannotStartError(f"{program.relative_to(ROOT)} is absent; {how}")
