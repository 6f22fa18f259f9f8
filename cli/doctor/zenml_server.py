"""ZenML's server: the one that the stack lives in, and what it keeps for it."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from cli.doctor.asking import answer, document
from cli.doctor.case import Case
from cli.doctor.certificates import REQUESTS
from cli.doctor.connecting import reach
from cli.doctor.finding import Check, Denied, Remark, Unwell
from cli.stacks.sensitive import references

if TYPE_CHECKING:
    from zenml.config.store_config import StoreConfiguration


LIBRARIES = ("zenml.client", "zenml.zen_stores.rest_zen_store")


def server_checks(case: Case) -> Iterator[Check]:
    """Is the server there, of this version, and is it the one we are connected to."""
    url = case.stack.server
    if url:
        yield Check("server", "answers", partial(_answers, case, url))
        yield Check(
            "server", "connected, lets us in", partial(_connected, url), LIBRARIES
        )
    elif case.is_abroad:
        yield Check("server", "connected to a server", _is_no_file)


def _answers(case: Case, url: str) -> Iterator[Remark]:
    yield from reach(url, environ=case.environ, trust=REQUESTS, now=case.now)
    found = document(answer(f"{url.rstrip('/')}/api/v1/info"))
    if "version" not in found:
        raise Unwell(f"{url} is no ZenML server", "correct the address")
    if not found.get("active", True):
        raise Unwell(
            f"the ZenML server at {url} was never set up",
            "open it in a browser and make the first account",
        )
    yield from _compared(url, str(found["version"]))


def _compared(url: str, version: str) -> Iterator[Remark]:
    import zenml

    ours = zenml.__version__
    if version.split(".")[:2] != ours.split(".")[:2]:
        raise Unwell(
            f"the server at {url} is ZenML {version}, this is ZenML {ours}",
            f"upgrade the older one (docs/runbooks), or install zenml=={version}",
        )
    if version != ours:
        yield Remark(
            f"the server at {url} is ZenML {version}, this is ZenML {ours}",
            "upgrade the older one when there is time",
        )


def _connected(url: str) -> Iterator[Remark]:
    store = _store()
    if _same(store.url) != _same(url):
        found = store.url if store.type == "rest" else "a file of this machine"
        raise Unwell(
            f"the stack lives in the ZenML server {url}, and ZenML is connected to "
            f"{found}",
            f"zenml login {url}, or set ZENML_STORE_URL and ZENML_STORE_API_KEY",
        )
    yield from _let_in(url)


def _is_no_file() -> Iterator[Remark]:
    if _store().type != "rest":
        raise Unwell(
            "ZenML is connected to a file of this machine, which steps that run "
            "elsewhere cannot reach",
            "zenml login URL, and name that URL here as `server:`",
        )
    yield from ()


def _store() -> "StoreConfiguration":
    from zenml.config.global_config import GlobalConfiguration

    return GlobalConfiguration().store_configuration


def _let_in(url: str) -> Iterator[Remark]:
    """Ask who we are; only once the server answers, for ZenML waits for minutes."""
    from zenml.client import Client
    from zenml.exceptions import AuthorizationException

    try:
        info = document(answer(f"{url.rstrip('/')}/api/v1/info"))
    except Unwell:
        info = {}
    if "version" not in info:
        # The other check tells why.
        yield Remark("who we are there was not asked", "mend the line above")
        return
    try:
        Client().zen_store.get_user()
    except AuthorizationException as error:
        raise Denied(
            f"the ZenML server {url} does not let us in: {error}",
            f"zenml login {url}, or a valid key in ZENML_STORE_API_KEY",
        ) from None


def _same(url: str) -> str:
    return url.rstrip("/").casefold()


def secret_names(case: Case) -> list[str]:
    """The secrets that the stack names, or refers to."""
    told = references([part.configuration for part in case.stack.components.values()])
    return list(dict.fromkeys([*case.stack.secrets, *(name for name, _ in told)]))


def read_secrets(names: list[str]) -> dict[str, dict[str, str]]:
    """What they hold; those that are not there are not in it."""
    from zenml.client import Client
    from zenml.exceptions import IllegalOperationError

    found: dict[str, dict[str, str]] = {}
    for name in names:
        try:
            held: Any = Client().get_secret_by_name_and_private_status(name)
        except KeyError:
            continue
        except (IllegalOperationError, NotImplementedError, RuntimeError) as error:
            raise Unwell(
                f"ZenML does not give the secret {name}: {error}",
                "ask its keeper for the right to read it",
            ) from None
        found[name] = dict(held.secret_values)
    return found


def secret_checks(case: Case) -> Iterator[Check]:
    """Does each secret exist, with the keys that are referred to."""
    for name in secret_names(case):
        yield Check("secrets", f"{name}, with its keys", partial(_held, case, name))


def _held(case: Case, name: str) -> Iterator[Remark]:
    told = references([part.configuration for part in case.stack.components.values()])
    needed = sorted({key for of, key in told if of == name})
    if name not in case.secrets:
        keys = f" (with {', '.join(needed)})" if needed else ""
        raise Unwell(
            f"ZenML knows no secret {name}{keys}",
            f"write them into a file: zenml secret create {name} --values=@FILE.yaml",
        )
    absent = [key for key in needed if not case.secrets[name].get(key)]
    if absent:
        raise Unwell(
            f"the secret {name} lacks {', '.join(absent)}, which components refer to",
            f"write them into a file: zenml secret update {name} --values=@FILE.yaml",
        )
    yield from ()
