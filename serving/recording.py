"""What is kept of each answer before it leaves: the log's records, counts, metrics."""

import time
from collections.abc import Sequence

from serving.metrics import Tallies
from serving.scoring import Row, Scored, named
from serving.worker import Served
from storage.predictions.record import CustomerHash, Feedback, Prediction
from storage.predictions.writer import LogFullError, SegmentWriter


class Recorder:
    """One worker's; to be used from one thread."""

    def __init__(
        self, log: SegmentWriter, customers: CustomerHash, *, slow_seconds: float
    ) -> None:
        self.log = log
        self._customers = customers
        self._slow_seconds = slow_seconds
        self._tallies = Tallies()

    def answered(
        self,
        served: Served,
        rows: Sequence[Row],
        found: Sequence[Scored],
    ) -> None:
        """Append the answers to the log, all or none, and count them.

        Raises
        ------
        LogFullError
            If they cannot be written, and must be.
        """
        at_us = time.time_ns() // 1000
        now = time.perf_counter()
        self._append(
            [
                Prediction(
                    request_id=row.request_id,
                    row=row.place,
                    at_us=at_us,
                    customer=self._named(row.customer_id),
                    snapshot_date=row.snapshot_date,
                    values=row.values,  # type: ignore[arg-type]
                    customer_value=row.customer_value,
                    probability=scored.probability,
                    is_contacted=scored.is_contacted,
                    version=scored.version,
                    sequence=served.sequence,
                    arm=scored.arm,
                    failed=scored.failed,
                    latency_us=int((now - row.began) * 1e6),
                    warnings=scored.warnings,
                )
                for row, scored in zip(rows, found, strict=True)
            ]
        )
        if served.mode == "canary":
            self._count_arms(served, found)
        self._tallies.count(found)

    def failed(self, served: Served, rows: Sequence[Row]) -> None:
        """Count rows that nobody answers: a canary's guard compares both arms."""
        if served.mode == "canary":
            for row in rows:
                served.arms.add(served.arm_of(named(row)), True, False)

    def feedback(
        self,
        request_id: str,
        *,
        truth: float | None,
        reward: float | None,
    ) -> None:
        """Append what became known of a request.

        Raises
        ------
        LogFullError
        """
        record = Feedback(
            request_id=request_id,
            at_us=time.time_ns() // 1000,
            truth=truth,
            reward=reward,
        )
        self._append([record])
        self._tallies.feedback.inc()

    def _named(self, customer_id: str | None) -> str | None:
        """How the log calls a customer."""
        return None if customer_id is None else self._customers.name(customer_id)

    def _append(self, records: Sequence[Prediction | Feedback]) -> None:
        before = self.log.n_not_logged
        try:
            self.log.append(records)
        except LogFullError:
            self._tallies.not_logged.inc(len(records))
            raise
        if self.log.n_not_logged == before:
            self._tallies.logged.inc(len(records))
        else:
            self._tallies.not_logged.inc(self.log.n_not_logged - before)

    def _count_arms(self, served: Served, found: Sequence[Scored]) -> None:
        for scored in found:
            is_slow = scored.seconds > self._slow_seconds
            served.arms.add(scored.arm, scored.failed is not None, is_slow)
