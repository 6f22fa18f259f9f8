"""A server's application in this process, on real bundles, asked without a network."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from serving.active import Active, StateFolder, Version, write_record
from serving.app import Application
from serving.asgi import build
from serving.gathering import Gathering
from serving.settings import Settings
from serving.worker import Model, Served
from storage.predictions.record import Record, decode
from tests.conftest import CHECKOUT
from tests.serving.small_bundles import MODEL, Trap, small_bundle

FORMAT_1 = CHECKOUT / "tests" / "bundles" / "format-1"


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.content)


class InProcess:
    """An application with its state folder."""

    def __init__(
        self, application: Application, model: Model, state: StateFolder
    ) -> None:
        self.application, self.model, self.state = application, model, state

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Ask; what is no bytes is sent as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"content-type": "application/json", **headers}
        return asyncio.run(self._ask(method, path, content, given))

    def post(self, body: Any, path: str = "/predict", **headers: str) -> Answer:
        """Ask for a prediction."""
        return self.ask("POST", path, body, **headers)

    async def _ask(
        self, method: str, path: str, content: bytes, headers: Mapping[str, str]
    ) -> Answer:
        plain, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": plain,
            "query_string": query.encode(),
            "headers": [
                (name.replace("_", "-").encode(), value.encode())
                for name, value in headers.items()
            ],
        }
        sent: list[Mapping[str, Any]] = []

        async def receive() -> Mapping[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            sent.append(message)

        await self.application(scope, receive, send)
        start, body = sent
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        return Answer(start["status"], found, body["body"])

    def logged(self) -> list[Record]:
        """All records of the prediction log so far."""
        segments = sorted(self.state.log.iterdir())
        lines = [line for path in segments for line in path.read_bytes().splitlines()]
        return [decode(line) for line in lines]

    @property
    def gathering(self) -> Gathering:
        """Where single rows wait for each other."""
        predict = self.application._routes.find("/predict", "POST").handler
        return predict.__self__._gathering

    @property
    def served(self) -> Served:
        """What is served."""
        assert self.model.current is not None
        return self.model.current


def in_process(
    folder: Path, *bundles: Version, weight: float = 0.0, **options: Any
) -> InProcess:
    """A server of a champion, and of a challenger as a canary where one is given."""
    state = StateFolder(folder / "state")
    state.make()
    if bundles:
        write_record(state.active, active(*bundles, weight=weight), durable=False)
    settings = Settings(state=str(state.path), **options)
    model = Model(state)
    model.look()
    return InProcess(build(settings, model, environ={}), model, state)


def active(
    champion: Version, challenger: Version | None = None, *, weight: float = 0.0
) -> Active:
    """What the workers of such a server serve."""
    return Active(
        model=MODEL,
        revision=1,
        sequence=7,
        ledger_hash="hash of 7",
        champion=champion,
        challenger=challenger,
        mode="live" if challenger is None else "canary",
        weight=weight,
        canary=0 if challenger is None else 7,
        accepted_at=0.0,
    )


def small(folder: Path, slope: float, *, trap: Trap | None = None) -> Version:
    """A small bundle, tried."""
    made = small_bundle(folder / f"bundle{slope}", slope, trap=trap)
    return Version(made.version, made.bundle_sha256, made.bundle_uri)


def shop() -> Version:
    """A trained model of numbers and categories, of the oldest format."""
    from churn.scoring.bundle import open_bundle

    return Version("1", open_bundle(FORMAT_1).bundle_sha256, str(FORMAT_1))


CUSTOMER = {
    "tenure_days": 400,
    "spend_cents": 1234.5,
    "visits": 2,
    "plan": "plus",
    "region": "north",
}
