"""The customers of the story: who they are, and what they were answered."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np

from churn.eligibility import eligible_spine
from churn.snapshots import snapshot_features
from cli.demo.errors import DemoError
from cli.demo.plot import Plot, business
from cli.root import ROOT
from datasets.subscriptions.definition import DATASET
from datasets.subscriptions.simulate import simulate

MOST_ASKING = 3_000
SEED = 7
END_SECONDS = 15.0
LOOK_SECONDS = 0.2
OK = "200"


class Answer(msgspec.Struct, frozen=True):
    """What one customer was told: ``at`` it was due, ``seconds`` later it was there."""

    at: float
    seconds: float
    status: str
    version: str

    @property
    def is_lost(self) -> bool:
        """Whether it is no answer."""
        return self.status != OK

    @property
    def instant(self) -> datetime:
        """When it was there."""
        return datetime.fromtimestamp(self.at + self.seconds, UTC)


_answer = msgspec.json.Decoder(Answer)


@dataclass(frozen=True)
class Traffic:
    """Customers who ask all the time."""

    process: "subprocess.Popen[bytes]"
    answers: Path

    @classmethod
    def begin(cls, url: str, requests: Path, rate: float) -> "Traffic":
        """Let them ask, in a process of their own."""
        answers = requests.with_name("answers.jsonl")
        answers.unlink(missing_ok=True)
        command = [sys.executable, "-m", "cli.demo.asking"]
        process = subprocess.Popen(  # noqa: S603 (our own command)
            [*command, url, str(requests), str(answers), f"{rate:g}"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        return cls(process, answers)

    def told(self) -> list[Answer]:
        """Every answer so far."""
        with suppress(FileNotFoundError):
            lines = self.answers.read_bytes().split(b"\n")[:-1]
            return [_answer.decode(line) for line in lines]
        return []

    def wait_for(self, n_more: int, *, within_seconds: float) -> None:
        """Wait until so many more are answered.

        Raises
        ------
        DemoError
            If they are not in time.
        """
        wanted = len(self.told()) + n_more
        until = time.monotonic() + within_seconds
        while len(self.told()) < wanted:
            if time.monotonic() > until or self.process.poll() is not None:
                raise DemoError(f"expected {wanted} answers, found {len(self.told())}")
            time.sleep(LOOK_SECONDS)

    def end(self) -> None:
        """Let nobody ask any more."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def write_requests(plot: Plot, path: Path) -> int:
    """One request a line, of customers as they are on a calm day; how many."""
    frames, _ = simulate(business(plot))
    spine = eligible_spine(DATASET, frames, [plot.calm])
    rng = np.random.default_rng(SEED)
    n = min(MOST_ASKING, len(spine))
    rows = snapshot_features(DATASET, frames, spine[rng.permutation(len(spine))[:n]])
    names = [feature.name for feature in DATASET.model_features]
    requests = [
        {
            "customer_id": row["customer_id"],
            "customer_value": row["customer_value"],
            "values": {name: row[name] for name in names},
        }
        for row in rows.iter_rows(named=True)
    ]
    path.write_bytes(b"\n".join(map(msgspec.json.encode, requests)))
    return n


def lost(answers: Sequence[Answer]) -> int:
    """How many got no answer, or an error."""
    return sum(answer.is_lost for answer in answers)


def percentile_ms(answers: Sequence[Answer], percent: float) -> float | None:
    """The time of an answer that so many percent are faster than, from when due."""
    if not answers:
        return None
    return float(np.percentile([a.seconds for a in answers], percent)) * 1e3


def by_version(answers: Sequence[Answer]) -> dict[str, int]:
    """How many each version answered."""
    counts = Counter(answer.version for answer in answers if not answer.is_lost)
    return dict(sorted(counts.items()))
