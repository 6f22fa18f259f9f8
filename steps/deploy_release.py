"""See that a server follows the release; what it serves is the release's to say."""

import os
from typing import Annotated

from zenml import step
from zenml.logger import get_logger

from churn.deployment import Deployment, for_servers
from registry.context import model_name
from registry.deployer import deployer
from storage.release import RELEASE_URL, read_release

logger = get_logger(__name__)


@step(enable_cache=False)
def deploy_release() -> Annotated[str | None, "server_url"]:
    """Let the stack's deployer run a server for the model, if there is one to run."""
    runner, release = deployer(), read_release(model_name(), environ=os.environ)
    if runner is None:
        logger.info("no server: the stack names no model_deployer")
        return None
    if release is None or release.champion is None:
        logger.info("no server: the release names no champion yet")
        return None
    url, variables = os.environ[RELEASE_URL], for_servers(os.environ)
    state = runner.deploy(Deployment(release.model, url, release, variables))
    logger.info("the server of %s is %s: %s", state.model, state.condition, state.url)
    return state.url
