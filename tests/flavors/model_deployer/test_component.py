"""Both deployers as ZenML sees them, and the defects of its base class they lack."""

from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from zenml.client import Client
from zenml.enums import StackComponentType
from zenml.model_deployers.base_model_deployer import BaseModelDeployer
from zenml.models.v2.misc.service import ServiceType
from zenml.services import ServiceConfig, ServiceState

from churn.deployment import Deployer, Deployment, DeploymentError, ServerState
from flavors.model_deployer.flavor import LocalDeployerFlavor, SeldonDeployerFlavor
from flavors.model_deployer.listing import listed
from flavors.model_deployer.local.deployer import LocalDeployer
from flavors.model_deployer.seldon.deployer import SeldonDeployer
from flavors.model_deployer.service import SERVICE_TYPE, ReleaseServiceConfig
from tests.conftest import fresh_zenml
from tests.seldon_deployments import check

pytestmark = pytest.mark.zenml


@dataclass
class Recorded:
    """Servers that only remember what was asked of them; some cannot start."""

    running: dict[str, Deployment] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def deploy(self, deployment):
        self.asked.append(("deploy", deployment.model))
        if deployment.releases_url in self.broken:
            raise DeploymentError("it did not get ready")
        self.running[deployment.model] = deployment
        return self.state(deployment.model)

    def state(self, model):
        if model not in self.running:
            return ServerState(model, "absent", None, "it was stopped")
        return ServerState(model, "ready", f"http://{model}", "")

    def stop(self, model):
        self.asked.append(("stop", model))
        self.running.pop(model, None)


@pytest.fixture
def recorded(monkeypatch):
    """The servers behind every deployer of the test."""
    made = Recorded()
    monkeypatch.setattr(LocalDeployer, "servers", made)
    return made


@pytest.fixture(scope="module")
def registered(baked_zenml, tmp_path_factory):
    """A deployer as ZenML makes it, registered once: that takes long."""
    with fresh_zenml(baked_zenml, tmp_path_factory.mktemp("deployers")):
        yield _registered("first")


@pytest.fixture
def deployer(registered, recorded):
    """The deployer, listing nothing yet."""
    yield registered
    for service in listed(str(registered.id)):
        Client().delete_service(service.uuid)


def _registered(name):
    client, kind = Client(), StackComponentType.MODEL_DEPLOYER
    if not client.list_flavors(name="holdfast_local").items:
        client.create_flavor("flavors.model_deployer.flavor.LocalDeployerFlavor", kind)
    made = client.create_stack_component(
        name, "holdfast_local", kind, {"folder": "/nowhere", "first_port": 8080}
    )
    return LocalDeployer.from_model(made)


def _wanted(model, url="/releases"):
    return Deployment(model, url, None, {})


def _config(deployer, model, url="/releases"):
    return ReleaseServiceConfig(
        name=model,
        model_name=model,
        deployer=str(deployer.id),
        releases_url=url,
        variables={},
    )


def _listed(deployer, **asked):
    found = deployer.find_model_server(**asked)
    return [(s.config.model_name, s.status.state) for s in found]


def test_a_deployed_model_is_listed_with_its_address(deployer):
    state = deployer.deploy(_wanted("telco"))

    (service,) = deployer.find_model_server(running=True)
    assert isinstance(deployer, Deployer)
    assert state.url == "http://telco"
    assert service.prediction_url == "http://telco/predict"
    assert deployer.get_model_server_info(service) == {
        "PREDICTION_URL": "http://telco/predict",
        "MODEL": "telco",
        "RELEASES_URL": "/releases",
    }


def test_deploying_one_model_never_returns_the_server_of_another(deployer):
    telco = deployer.deploy_model(_config(deployer, "telco"), SERVICE_TYPE)

    bank = deployer.deploy_model(_config(deployer, "bank"), SERVICE_TYPE, replace=True)

    assert bank.config.model_name == "bank"
    assert bank.uuid != telco.uuid
    assert _listed(deployer, model_name="bank") == [("bank", ServiceState.ACTIVE)]
    assert _listed(deployer, config={"model_name": "nobody"}) == []


@pytest.mark.parametrize("is_continuous", [False, True])
def test_a_new_release_address_is_rolled_out_and_nothing_is_deleted_first(
    deployer, recorded, is_continuous
):
    deployer.deploy(_wanted("telco", "/old"))

    deployer.deploy_model(
        _config(deployer, "telco", "/new"),
        SERVICE_TYPE,
        continuous_deployment_mode=is_continuous,
    )

    assert recorded.asked == [("deploy", "telco")] * 2
    assert recorded.running["telco"].releases_url == "/new"
    (service,) = deployer.find_model_server()
    assert service.config.releases_url == "/new"


@pytest.mark.parametrize("is_continuous", [False, True])
def test_a_failed_replacement_leaves_server_and_list_as_they_were(
    deployer, recorded, is_continuous
):
    deployer.deploy(_wanted("telco", "/old"))
    recorded.broken.add("/new")

    with pytest.raises(DeploymentError, match="did not get ready"):
        deployer.deploy_model(
            _config(deployer, "telco", "/new"),
            SERVICE_TYPE,
            continuous_deployment_mode=is_continuous,
        )

    assert ("stop", "telco") not in recorded.asked
    (service,) = deployer.find_model_server(running=True)
    assert service.config.releases_url == "/old"


@pytest.mark.parametrize(
    "asked",
    [
        {"model_name": "nobody"},
        {"service_name": "nobody"},
        {"pipeline_name": "other"},
        {"pipeline_run_id": "2f1e5b1c-0000-4000-8000-000000000000"},
        {"flavor": "mlflow"},
        {"type": "other"},
        {"service_type": ServiceType(type="model-serving", flavor="seldon")},
        {"service_uuid": UUID(int=1)},
        {"config": {"releases_url": "/elsewhere"}},
    ],
)
def test_what_is_asked_for_and_not_there_is_not_found(deployer, asked):
    deployer.deploy(_wanted("telco"))

    assert deployer.find_model_server(**asked) == []
    assert len(deployer.find_model_server(running=False)) == 1


def test_two_models_of_the_same_pipeline_and_step_do_not_end_each_other(
    deployer, recorded
):
    for model in ("telco", "bank"):
        config = _config(deployer, model)
        config.pipeline_name, config.pipeline_step_name = "deployment", "deploy_release"
        deployer.deploy_model(config, SERVICE_TYPE, continuous_deployment_mode=True)

    assert set(recorded.running) == {"telco", "bank"}
    assert len(deployer.find_model_server()) == 2


def test_deploying_again_keeps_the_one_entry(deployer):
    deployer.deploy(_wanted("telco"))
    (before,) = deployer.find_model_server()

    deployer.deploy(_wanted("telco"))

    assert [s.uuid for s in deployer.find_model_server()] == [before.uuid]


def test_a_deployer_lists_its_own_servers_only(deployer):
    deployer.deploy(_wanted("telco"))

    assert _registered("second").find_model_server() == []


def test_stop_start_and_delete_reach_the_server(deployer, recorded):
    deployer.deploy(_wanted("telco"))
    (service,) = deployer.find_model_server()

    deployer.stop_model_server(service.uuid)
    stopped = _listed(deployer), dict(recorded.running)
    deployer.start_model_server(service.uuid)
    started = _listed(deployer, running=True), set(recorded.running)
    deployer.delete_model_server(service.uuid)

    assert stopped == ([("telco", ServiceState.INACTIVE)], {})
    assert started == ([("telco", ServiceState.ACTIVE)], {"telco"})
    assert (deployer.find_model_server(), recorded.running) == ([], {})


def test_a_server_that_died_is_not_called_active(deployer, recorded):
    deployer.deploy(_wanted("telco"))
    recorded.running.clear()

    assert _listed(deployer) == [("telco", ServiceState.INACTIVE)]
    assert deployer.find_model_server(running=True) == []


def test_a_service_of_another_kind_is_refused_in_a_line(deployer):
    with pytest.raises(DeploymentError, match="expected a ReleaseServiceConfig"):
        deployer.deploy_model(ServiceConfig(name="mlflow"), SERVICE_TYPE)


@pytest.mark.parametrize("flavor", [LocalDeployerFlavor(), SeldonDeployerFlavor()])
def test_flavors_name_their_component_and_never_the_base_class_deployment(flavor):
    component = flavor.implementation_class

    assert flavor.type == StackComponentType.MODEL_DEPLOYER
    assert component.FLAVOR is type(flavor)
    assert component.deploy_model is not BaseModelDeployer.deploy_model
    assert component.find_model_server is not BaseModelDeployer.find_model_server


def test_only_the_local_flavor_needs_this_machine():
    local = LocalDeployerFlavor().config_class(folder="x", first_port=1)
    seldon = SeldonDeployerFlavor().config_class(image="i", namespace="n", url="u")

    assert (local.is_local, seldon.is_local) == (True, False)
    assert seldon.dry_run is True


def test_a_dry_run_leaves_its_manifest_in_the_artifact_store(registered):
    client, kind = Client(), StackComponentType.MODEL_DEPLOYER
    client.create_flavor("flavors.model_deployer.flavor.SeldonDeployerFlavor", kind)
    settings = {"image": "serving:1", "namespace": "models", "url": "https://x/{name}"}
    made = client.create_stack_component("seldon", "holdfast_seldon", kind, settings)
    seldon = SeldonDeployer.from_model(made)

    state = seldon.deploy(_wanted("churn-telco", "s3://models/releases"))

    store = client.active_stack.artifact_store.path
    path = Path(store) / "seldon" / "churn-telco.yaml"
    assert (state.condition, state.url) == ("written", None)
    assert state.reason.endswith(str(path))
    manifest = yaml.safe_load(path.read_text())
    check(manifest)
    assert _listed(seldon) == [("churn-telco", ServiceState.INACTIVE)]
