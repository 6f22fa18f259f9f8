"""What a model server says of itself, over HTTP."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from churn.deployment import DeploymentError
from churn.errors import ConfigError
from churn.scoring.keys import referred

SERVER_KEY = "HOLDFAST_SERVER_KEY"
TIMEOUT_SECONDS = 5.0
MOST_BYTES = 2**20


@dataclass(frozen=True)
class Asked:
    """A server by its address, and the key it wants, if it wants one."""

    url: str
    key: str | None

    def is_ready(self) -> bool:
        """Whether it answers requests; not being ready is an answer too.

        Raises
        ------
        DeploymentError
            If nobody answers.
        """
        return self._answer("/health/ready")[0] == 200  # noqa: PLR2004 (OK)

    def release(self) -> Mapping[str, Any]:
        """What it says that it serves, and what it refused.

        Raises
        ------
        DeploymentError
            If what answers is no model server of ours, or refuses the key.
        """
        status, content = self._answer("/release")
        if status in (401, 403):
            raise DeploymentError(
                f"{self.url}/release: answered {status}; give the stack a key with the "
                f"scope release by the variable {SERVER_KEY}"
            )
        try:
            told = json.loads(content)
        except ValueError:
            told = None
        if not isinstance(told, dict) or "serving" not in told:
            raise DeploymentError(
                f"{self.url}/release: answered {status}, but not as a model server "
                "does; see that the deployer's url is a server's"
            )
        return told

    def _answer(self, path: str) -> tuple[int, bytes]:
        headers = {} if self.key is None else {"X-API-Key": self.key}
        request = Request(f"{self.url}{path}", headers=headers)  # noqa: S310 (checked)
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                return int(answer.status), bytes(answer.read(MOST_BYTES))
        except HTTPError as error:
            with error:
                return error.code, error.read(MOST_BYTES)
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error) or type(error).__name__
            raise DeploymentError(
                f"nobody answers at {self.url}: {reason}; whoever runs the server "
                "starts it"
            ) from None


def checked(url: str) -> str:
    """The address without a slash at its end.

    Raises
    ------
    ConfigError
        If it is none of HTTP.
    """
    if not url.startswith(("http://", "https://")):
        raise ConfigError(
            "components.model_deployer.url: expected http://HOST:PORT or "
            f"https://HOST, found {url}"
        )
    return url.rstrip("/")


def key_of(variables: Mapping[str, str]) -> str | None:
    """The key that HOLDFAST_SERVER_KEY refers to; None where servers ask for none.

    Raises
    ------
    ConfigError
        Never quoting the key.
    """
    reference = variables.get(SERVER_KEY)
    if not reference:
        return None
    return referred(reference, variables, setting=SERVER_KEY).decode().strip()
