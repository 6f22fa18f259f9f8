"""What the stack file alone tells."""

import pytest

from cli.doctor.placing import placing_checks
from tests.cli.doctor.cases import case, notes, problems

ABROAD = {
    "orchestrator": {"flavor": "kubernetes"},
    "artifact_store": {
        "flavor": "s3",
        "configuration": {"path": "s3://shop/artifacts"},
    },
    "container_registry": {"flavor": "default", "configuration": {"uri": "reg:5000"}},
    "image_builder": {"flavor": "local"},
}


def abroad(**more):
    return case(ABROAD | more.pop("components", {}), **more)


def test_a_stack_of_this_machine_may_have_its_files():
    ours = case(stores={"ledger": "sqlite:////data/l.db", "tables": "/data/tables"})

    assert problems(placing_checks, ours) == []


def test_a_stack_that_runs_elsewhere_and_reaches_everything_is_well():
    stores = {"ledger": "postgresql+psycopg://me@db/l", "tables": "s3://shop/t"}

    assert problems(placing_checks, abroad(stores=stores)) == []


@pytest.mark.parametrize(
    ("store", "address", "instead"),
    [
        ("ledger", "sqlite:////data/ledger.db", "postgresql+psycopg://NAME@HOST"),
        ("online", "sqlite:////data/online.db", "redis://HOST:6379/0"),
        ("tables", "/data/tables", "s3://BUCKET/PATH"),
        ("release", "file:///data/releases", "s3://BUCKET/PATH"),
    ],
)
def test_a_file_of_this_machine_is_no_store_of_steps_elsewhere(store, address, instead):
    (told,) = problems(placing_checks, abroad(stores={store: address}))

    assert told.startswith(
        f"stores.{store}: a file of this machine, and steps run elsewhere (kubernetes);"
    )
    assert instead in told


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.1.1", "[::1]"])
def test_this_machine_by_another_name_is_noticed_too(host):
    stores = {"online": f"redis://{host}:6379/0"}

    (told,) = problems(placing_checks, abroad(stores=stores))

    assert told.startswith(f"stores.online: {host.strip('[]')} is this machine; ")


def test_addresses_within_settings_and_variables_are_looked_at():
    store = {
        "path": "s3://a/b",
        "client_kwargs": {"endpoint_url": "http://localhost:9"},
    }
    parts = {
        "artifact_store": {"flavor": "s3", "configuration": store},
        "container_registry": {
            "flavor": "default",
            "configuration": {"uri": "localhost:5000"},
        },
    }
    variables = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "NO_PROXY": "localhost"}

    told = problems(placing_checks, abroad(components=parts, variables=variables))

    assert [line.partition(": ")[0] for line in told] == [
        "components.artifact_store",
        "components.container_registry",
        "environment.AWS_ENDPOINT_URL",
    ]


@pytest.mark.parametrize(
    ("kind", "flavor"),
    [
        ("artifact_store", "local"),
        ("alerter", "holdfast_file"),
        ("model_deployer", "holdfast_local"),
    ],
)
def test_a_component_of_this_machine_is_refused_elsewhere(kind, flavor):
    parts = {kind: {"flavor": flavor, "configuration": {"path": "/data"}}}

    (told,) = problems(placing_checks, abroad(components=parts))

    assert told.startswith(
        f"components.{kind}: flavor {flavor} is of this machine, and steps run"
    )


def test_mlflow_without_an_address_would_write_a_file_in_a_pod():
    (told,) = problems(
        placing_checks,
        abroad(components={"experiment_tracker": {"flavor": "mlflow"}}),
    )

    assert "without a tracking_uri MLflow writes a file of this machine" in told


@pytest.mark.parametrize("flavor", ["kubernetes", "kubeflow", "holdfast_kubeflow"])
def test_pods_need_a_registry_and_a_builder(flavor):
    given = {"flavor": flavor, "configuration": {"kubeflow_hostname": "https://kf"}}
    parts = {"orchestrator": given, "artifact_store": ABROAD["artifact_store"]}

    (told,) = problems(placing_checks, case(parts))

    assert "has no container_registry and no image_builder; add container" in told


def test_kubeflow_without_any_address_is_refused():
    (told,) = problems(
        placing_checks, abroad(components={"orchestrator": {"flavor": "kubeflow"}})
    )

    assert "says neither kubeflow_hostname nor kubernetes_context; say" in told


def test_mlflows_registry_needs_mlflows_tracker():
    (told,) = problems(placing_checks, case({"model_registry": {"flavor": "mlflow"}}))

    assert told.endswith("; add experiment_tracker: {flavor: mlflow}")


def test_memory_that_would_crash_zenmls_kubeflow_is_refused_and_ours_takes_it():
    def with_memory(flavor):
        given = {"flavor": flavor, "configuration": {"kubeflow_hostname": "https://kf"}}
        return abroad(
            components={"orchestrator": given},
            steps={"fit_model": {"resources": {"memory": "4GB"}}},
        )

    (told,) = problems(placing_checks, with_memory("kubeflow"))

    assert "fails at settings.resources.memory; say it in settings.orchestrator" in told
    assert problems(placing_checks, with_memory("holdfast_kubeflow")) == []


def test_resources_that_kubernetes_does_not_heed_are_remarked_on():
    (told,) = notes(placing_checks, abroad(settings={"resources": {"cpu_count": 1}}))

    assert "does not heed settings.resources; say it in settings.orch" in told


def test_an_operator_that_airflow_lost_is_refused():
    given = {"flavor": "airflow", "configuration": {"operator": "kubernetes_pod"}}

    (told,) = problems(placing_checks, abroad(components={"orchestrator": given}))

    assert told.endswith(
        "say airflow.providers.cncf.kubernetes.operators.pod.KubernetesPodOperator"
    )
