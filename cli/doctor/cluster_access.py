"""A cluster's API server: found by a context of the kubeconfig, reached, and asked."""

import importlib
from datetime import timedelta
from pathlib import Path
from typing import Any

from urllib3.exceptions import HTTPError

from churn.naming import suggestion
from cli.doctor.case import Case
from cli.doctor.certificates import SOON_DAYS
from cli.doctor.connecting import connected
from cli.doctor.finding import Denied, Remark, Unwell
from cli.doctor.place import ANSWER_SECONDS, CONNECT_SECONDS, place_of

IN_POD = "KUBERNETES_SERVICE_HOST"
KUBECONFIG = "~/.kube/config"
NOT_FOUND, UNAUTHORIZED, FORBIDDEN = 404, 401, 403


def open_cluster(case: Case, context: str | None) -> tuple[Any, list[Remark]]:
    """A client for a context of the kubeconfig, once its API server was reached."""
    path = case.environ.get("KUBECONFIG") or str(Path(KUBECONFIG).expanduser())
    config, errors = _library("config"), _library("config.config_exception")
    wrong = (errors.ConfigException, OSError, ValueError, KeyError, TypeError)
    settings = _library("client").Configuration()
    try:
        if IN_POD in case.environ and not context and not Path(path).exists():
            config.load_incluster_config(client_configuration=settings)
        else:
            _has_context(path, context, config, wrong)
            config.load_kube_config(
                path,
                context=context or None,
                client_configuration=settings,
                persist_config=False,
            )
    except wrong as error:
        raise Unwell(
            f"context {context or 'by default'} of {path} cannot be used: {error}",
            "look at its user and cluster: kubectl config view",
        ) from None
    settings.retries = False
    connected(place_of(settings.host)).close()
    client = _library("client").ApiClient(settings)
    return client, _own_certificate(case, settings.cert_file)


def _has_context(path: str, context: str | None, config: Any, wrong: Any) -> None:
    try:
        known, _ = config.list_kube_config_contexts(path)
        names = [one["name"] for one in known]
    except wrong as error:
        raise Unwell(
            f"no usable kubeconfig at {path}: {error}",
            "fetch one from whoever runs the cluster, and name it by KUBECONFIG",
        ) from None
    if context and context not in names:
        raise Unwell(
            f"the kubeconfig {path} has no context {context}",
            f"{suggestion(context, names)}; or fetch one: kubectl config get-contexts",
        )


def _library(part: str) -> Any:
    """Without a cluster nobody needs the package."""
    try:
        return importlib.import_module(f"kubernetes.{part}")
    except ImportError:
        raise Unwell(
            "needs kubernetes, which this environment lacks", "make setup-cluster"
        ) from None


def _own_certificate(case: Case, path: str | None) -> list[Remark]:
    """Our own: an API server takes one that ended for no one at all."""
    if path is None:
        return []
    from cryptography import x509

    try:
        shown = x509.load_pem_x509_certificate(Path(path).read_bytes())
    except (OSError, ValueError):
        return []
    end = shown.not_valid_after_utc
    if end < case.now:
        raise Denied(
            f"the kubeconfig's own certificate expired on {end:%Y-%m-%d}",
            "fetch a new kubeconfig from whoever runs the cluster",
        )
    if end - case.now < timedelta(days=SOON_DAYS):
        told = f"the kubeconfig's own certificate ends on {end:%Y-%m-%d}"
        return [Remark(told, "fetch a new kubeconfig before")]
    return []


def is_there(client: Any, path: str) -> bool:
    """Whether the API server has something at a path.

    What may not be looked at is taken to be there: who may use a namespace need not be
    allowed to see it.
    """
    errors, host = _library("client.exceptions"), client.configuration.host
    try:
        client.call_api(
            path,
            "GET",
            auth_settings=["BearerToken"],
            response_type="object",
            _request_timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
        )
    except errors.ApiException as error:
        if error.status not in (NOT_FOUND, FORBIDDEN):
            raise _refused(error, host, path) from None
        return bool(error.status == FORBIDDEN)
    except HTTPError as error:
        raise _unreached(str(error), host) from None
    return True


def _refused(error: Any, host: str, path: str) -> Unwell:
    if not error.status:
        # So the library tells that there was no answer at all.
        return _unreached(str(error.reason), host)
    if error.status == UNAUTHORIZED:
        return Denied(
            f"the API server {host} does not know who we are",
            "log in to the cluster again, or fetch a new kubeconfig",
        )
    return Unwell(
        f"the API server {host} answers {error.status} to {path}",
        "look at the cluster: kubectl get --raw /readyz?verbose",
    )


def _unreached(said: str, host: str) -> Unwell:
    if "certificate has expired" in said:
        return Unwell(
            f"the certificate of the API server {host} expired", "renew it there"
        )
    if "certificate verify failed" in said or "CERTIFICATE_VERIFY" in said:
        return Unwell(
            f"the certificate of the API server {host} is not the kubeconfig's",
            "fetch a new kubeconfig: certificate-authority-data is of another cluster",
        )
    return Unwell(
        f"the API server {host} does not answer: {said.rpartition(': ')[2][:200]}",
        "look at the network between here and there",
    )
