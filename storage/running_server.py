"""The server of a model, if one runs, as a page shows it."""

from collections.abc import Mapping

from churn.errors import HoldfastError
from churn.monitoring.server import ServerHealth
from storage.model_server import ModelServer
from storage.server_health import server_health

NO_SERVER = "No server runs that this stack knows of."


def running_server(
    url: str | None, environ: Mapping[str, str]
) -> tuple[ServerHealth | None, str]:
    """How it fares, or why nobody can say; never an error: a page is drawn anyway."""
    if url is None:
        return None, NO_SERVER
    try:
        found = server_health(ModelServer.at(url, environ), seconds=0)
    except HoldfastError as error:
        return None, f"The server could not be asked: {error}."
    return found, "" if found else f"Nobody answers at {url}."
