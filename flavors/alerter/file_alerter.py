"""An alerter for a machine without a chat service: one line of JSON per message."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from zenml.alerter import BaseAlerter
from zenml.alerter.base_alerter import BaseAlerterStepParameters

from flavors.alerter.flavor import FileAlerterConfig


class FileAlerter(BaseAlerter):
    """Appends messages to a file; the newest is the last line."""

    @property
    def config(self) -> FileAlerterConfig:
        """The settings of this component."""
        return cast("FileAlerterConfig", self._config)

    def post(
        self,
        message: str,
        params: BaseAlerterStepParameters | None = None,
    ) -> bool:
        """Append the message with the time (UTC) at which it was posted."""
        line = {"time": datetime.now(UTC).isoformat(), "message": message}
        path = Path(self.config.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        # One write in append mode: lines of parallel runs do not mix.
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return True

    def ask(
        self,
        question: str,
        params: BaseAlerterStepParameters | None = None,
    ) -> bool:
        """Append the question and answer no, since nobody can approve in a file."""
        self.post(question, params)
        return False
