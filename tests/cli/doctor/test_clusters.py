"""What is wrong with a cluster: its kubeconfig, its API server, what it knows of us."""

import json
import os
from pathlib import Path

import pytest
import yaml

from cli.doctor.clusters import cluster_checks
from tests.cli.doctor.cases import case, notes, problems
from tests.cli.doctor.tls_servers import Authority, dead_port, web_server

REAL = os.environ.get("HOLDFAST_TEST_KUBECONFIG", "")
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
SPACE = "/api/v1/namespaces/shop"
SELDON = "/apis/machinelearning.seldon.io/v1"


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def kubeconfig(folder, url, authority, **user):
    """A kubeconfig with the one context `shop`; its path."""
    cluster = {"server": url}
    if authority is not None:
        cluster["certificate-authority"] = str(authority.path)
    written = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "shop",
        "clusters": [{"name": "shop", "cluster": cluster}],
        "users": [{"name": "me", "user": user or {"token": "sesame-street"}}],
        "contexts": [{"name": "shop", "context": {"cluster": "shop", "user": "me"}}],
    }
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(written))
    return str(path)


def steps(path, *, context="shop", namespace="shop", **more):
    given = {"kubernetes_context": context, "kubernetes_namespace": namespace, **more}
    parts = {"orchestrator": {"flavor": "kubernetes", "configuration": given}}
    return case(parts, environ={"KUBECONFIG": str(path)})


def servers(path, *, dry_run=False, namespace="shop", **more):
    given = {"namespace": namespace, "dry_run": dry_run, **more}
    parts = {"model_deployer": {"flavor": "holdfast_seldon", "configuration": given}}
    return case(parts, environ={"KUBECONFIG": str(path)})


def answers(*, allowed=True, **more):
    """What an API server says to whom it knows."""
    review = {"apiVersion": "authorization.k8s.io/v1"}
    review |= {"kind": "SelfSubjectAccessReview", "spec": {}}
    review["status"] = {"allowed": allowed}
    return {
        "/version": (200, "{}"),
        SPACE: (200, "{}"),
        REVIEWS: (201, json.dumps(review)),
        SELDON: (200, "{}"),
        **more,
    }


def test_a_stack_without_a_cluster_asks_none():
    assert list(cluster_checks(case())) == []


def test_a_deployer_that_only_describes_asks_none(tmp_path):
    assert list(cluster_checks(servers(tmp_path, dry_run=True))) == []


def test_no_kubeconfig_says_how_to_name_one(tmp_path):
    (line,) = problems(cluster_checks, steps(tmp_path / "none"))

    assert line.startswith(
        f"components.orchestrator: no usable kubeconfig at {tmp_path}/none: "
    )
    assert line.endswith("whoever runs the cluster, and name it by KUBECONFIG")


def test_a_broken_kubeconfig_is_no_crash(tmp_path):
    (tmp_path / "kubeconfig").write_text("contexts: 3\n")

    (line,) = problems(cluster_checks, steps(tmp_path / "kubeconfig"))

    assert "no usable kubeconfig at" in line


def test_a_context_that_does_not_exist_names_the_nearest(tmp_path):
    path = kubeconfig(tmp_path, "https://127.0.0.1:9", None)

    (line,) = problems(cluster_checks, steps(path, context="shopp"))

    assert f"the kubeconfig {path} has no context shopp; nearest is shop; or" in line


def test_an_api_server_that_is_away_is_named(tmp_path):
    port = dead_port()
    path = kubeconfig(tmp_path, f"https://127.0.0.1:{port}", None)

    (line,) = problems(cluster_checks, steps(path))

    assert f"nobody listens at 127.0.0.1:{port}" in line


def test_an_expired_certificate_of_the_api_server_is_told(tmp_path, authority):
    with web_server({}, certificate=authority.certificate(days=(-9, -1))) as url:
        (line,) = problems(cluster_checks, steps(kubeconfig(tmp_path, url, authority)))

    assert "the certificate of the API server" in line
    assert "expired; renew it there" in line


def test_a_kubeconfig_of_another_cluster_is_told(tmp_path, authority):
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")

    with web_server({}, certificate=authority.certificate()) as url:
        (line,) = problems(cluster_checks, steps(kubeconfig(tmp_path, url, other)))

    assert "is not the kubeconfig's; fetch a new kubeconfig" in line


def test_our_own_certificate_that_expired_is_told_with_its_day(tmp_path, authority):
    expired = authority.certificate(days=(-9, -1), called="me")
    ours = dict(zip(("client-certificate", "client-key"), expired, strict=True))

    with web_server({}, certificate=authority.certificate()) as url:
        path = kubeconfig(tmp_path, url, authority, **ours)
        (line,) = problems(cluster_checks, steps(path))

    assert "the kubeconfig's own certificate expired on 20" in line
    assert line.endswith("fetch a new kubeconfig from whoever runs the cluster")


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "does not know who we are; log in to the cluster again"),
        (500, "answers 500 to /api/v1/namespaces/shop; look at the cluster"),
    ],
)
def test_what_the_api_server_refuses_is_told(tmp_path, status, told):
    with web_server(answers() | {SPACE: (status, "{}")}) as url:
        (line,) = problems(cluster_checks, steps(kubeconfig(tmp_path, url, None)))

    assert told in line


def test_a_cluster_that_is_ready_is_well(tmp_path):
    with web_server(answers()) as url:
        path = kubeconfig(tmp_path, url, None)

        assert problems(cluster_checks, steps(path)) == []
        assert problems(cluster_checks, servers(path)) == []


def test_a_namespace_that_may_not_be_looked_at_may_still_be_used(tmp_path):
    with web_server(answers() | {SPACE: (403, "{}")}) as url:
        path = kubeconfig(tmp_path, url, None)

        assert problems(cluster_checks, steps(path)) == []


def test_a_namespace_that_is_absent_says_how_to_make_it(tmp_path):
    with web_server(answers()) as url:
        path = kubeconfig(tmp_path, url, None)
        (line,) = problems(cluster_checks, steps(path, namespace="sho"))

    assert "no namespace sho; kubectl create namespace sho, or correct" in line


def test_all_rights_that_are_missing_are_named_at_once(tmp_path):
    with web_server(answers(allowed=False)) as url:
        path = kubeconfig(tmp_path, url, None)
        (line,) = problems(cluster_checks, servers(path))

    assert (
        "we may not patch seldondeployments, delete seldondeployments, patch "
        "configmaps, delete configmaps in the namespace shop; ask its keeper"
    ) in line


def test_a_cluster_without_seldon_is_told_so(tmp_path):
    with web_server(answers() | {SELDON: (404, "{}")}) as url:
        path = kubeconfig(tmp_path, url, None)
        (line,) = problems(cluster_checks, servers(path))

    assert "does not know SeldonDeployments (v1); install Seldon Core 1.17" in line


def test_a_secret_that_a_setting_names_must_be_there(tmp_path):
    named = {"secret": "holdfast-serving"}

    with web_server(answers()) as url:
        path = kubeconfig(tmp_path, url, None)
        (line,) = problems(cluster_checks, servers(path, **named))

    assert "secret: the namespace shop has no secret holdfast-serving; make it" in line


needs_cluster = pytest.mark.skipif(not REAL, reason="no HOLDFAST_TEST_KUBECONFIG")


@pytest.mark.cluster
@needs_cluster
def test_the_real_api_server_tells_the_same():
    def at(**given):
        return steps(REAL, context="", **given)

    (absent,) = problems(cluster_checks, at(namespace="no-such-space"))
    (missing,) = problems(
        cluster_checks, at(namespace="default", service_account_name="nobody")
    )

    assert problems(cluster_checks, at(namespace="default")) == []
    assert "the cluster has no namespace no-such-space" in absent
    assert "the namespace default has no serviceaccount nobody" in missing
    assert notes(cluster_checks, at(namespace="default")) == []


@pytest.mark.cluster
@needs_cluster
def test_the_real_api_server_does_not_know_a_strangers_token(tmp_path):
    config = yaml.safe_load(Path(REAL).read_text())
    config["users"] = [
        {"name": u["name"], "user": {"token": "x"}} for u in config["users"]
    ]
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config))

    (line,) = problems(cluster_checks, steps(path, context="", namespace="default"))

    assert "does not know who we are; log in to the cluster again" in line
