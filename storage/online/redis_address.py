"""Where a Redis is, and how to log in; the password is never shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from churn.errors import ConfigError

PASSWORD_VARIABLE = "HOLDFAST_ONLINE_PASSWORD"  # noqa: S105 (its name only)
PORT = 6379


@dataclass(frozen=True)
class RedisAddress:
    """The parts of a Redis URL."""

    scheme: str
    host: str
    port: int
    db: int
    username: str | None
    password: str | None = field(repr=False)

    def __str__(self) -> str:
        name = f"{self.username}@" if self.username else ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{name}{host}:{self.port}/{self.db}"


def parsed(url: str, *, environ: Mapping[str, str]) -> RedisAddress:
    """The parts of a URL, with the environment's password if it has none itself.

    Raises
    ------
    ConfigError
        For a text that is no such URL, or has options; never quoting it.
    """
    try:
        parts = urlsplit(url)
        host, port, db = parts.hostname, parts.port, int(parts.path.strip("/") or 0)
    except ValueError:
        host, port, db = None, None, 0
    if not host or db < 0 or parts.query or parts.fragment:
        # The parser's error quotes the text, and with it a password.
        scheme = url.partition(":")[0]
        raise ConfigError(
            f"the {scheme} URL cannot be parsed; expected {scheme}://HOST:PORT/DB or "
            f"{scheme}://NAME:PASSWORD@HOST:PORT/DB, special characters written like "
            f"%40 and no options; a password may come by {PASSWORD_VARIABLE} instead"
        )
    given = unquote(parts.password or "") or environ.get(PASSWORD_VARIABLE)
    return RedisAddress(
        scheme=parts.scheme,
        host=host,
        port=PORT if port is None else port,
        db=db,
        username=unquote(parts.username or "") or None,
        password=given,
    )
