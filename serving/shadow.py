"""The challenger's answers to what the champion answered: nobody waits for them."""

import time
from collections.abc import Sequence
from pathlib import Path

from churn.errors import HoldfastError
from serving.active import Active
from serving.arms import ArmCounter
from serving.pulse import Pulse
from serving.scoring import Row, Scored, score
from serving.worker import Loaded, Served
from storage.predictions.record import Prediction, ShadowScore

MOST_FAILURE_CHARACTERS = 200


class Shadow:
    """Scores logged rows with the challenger."""

    def __init__(self, active: Active, challenger: Loaded, pulse: Pulse) -> None:
        self._champion = active.champion.version
        self._sequence = active.sequence
        self._challenger = challenger
        self._names = frozenset(challenger.inputs.names)
        # Alone it stands where a champion does, so one function answers for both.
        self._alone = alone(active, challenger)
        self._pulse = pulse

    def scores(self, logged: Sequence[Prediction]) -> list[ShadowScore]:
        """What the challenger says to the rows this champion answered, in their order.

        The first row is asked alone, as a request would be: its time stands for all.
        """
        asked = [one for one in logged if one.version == self._champion]
        if not asked:
            return []
        self._pulse.runs(self._challenger.bundle_sha256)
        try:
            began = time.perf_counter()
            first = self._scored(asked[:1])
            latency_us = int((time.perf_counter() - began) * 1e6)
            found = first + self._scored(asked[1:])
        finally:
            self._pulse.runs("")
        at_us = time.time_ns() // 1000
        return [
            self._record(one, scored, at_us, latency_us)
            for one, scored in zip(asked, found, strict=True)
        ]

    def _scored(self, asked: Sequence[Prediction]) -> list[Scored | str]:
        """An answer, or why there is none, for each row; a bad one spoils no other."""
        if not asked:
            return []
        try:
            rows = [self._row(one) for one in asked]
            return list(score(self._alone, rows, most_reasons=0))
        except Exception as error:  # noqa: BLE001 (what a challenger raises is counted)
            if len(asked) == 1:
                return [_named(error)]
            self._pulse.beat()
            half = len(asked) // 2
            return self._scored(asked[:half]) + self._scored(asked[half:])

    def _row(self, logged: Prediction) -> Row:
        values = logged.values
        if not values.keys() <= self._names:
            values = {k: v for k, v in values.items() if k in self._names}
        return Row(values=values, customer_value=logged.customer_value)

    def _record(
        self, logged: Prediction, scored: Scored | str, at_us: int, latency_us: int
    ) -> ShadowScore:
        return ShadowScore(
            request_id=logged.request_id,
            row=logged.row,
            at_us=at_us,
            customer=logged.customer,
            sequence=self._sequence,
            version=self._challenger.version,
            champion_version=logged.version,
            champion_probability=logged.probability,
            champion_contacted=logged.is_contacted,
            latency_us=latency_us,
            probability=None if isinstance(scored, str) else scored.probability,
            is_contacted=None if isinstance(scored, str) else scored.is_contacted,
            failed=scored if isinstance(scored, str) else None,
        )


def alone(active: Active, loaded: Loaded) -> Served:
    """A release in which one version answers everybody."""
    return Served(
        model=active.model,
        revision=active.revision,
        sequence=active.sequence,
        champion=loaded,
        challenger=None,
        mode="live",
        weight=0.0,
        arms=ArmCounter(Path(), canary=0),
    )


def _named(error: Exception) -> str:
    first = str(error).partition("\n")[0]
    name = "" if isinstance(error, HoldfastError) else f"{type(error).__name__}: "
    return f"{name}{first}"[:MOST_FAILURE_CHARACTERS]
