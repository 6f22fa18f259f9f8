"""ZenML's Airflow orchestrator, without a credential in its DAGs."""

from typing import cast

from zenml.integrations.airflow.orchestrators import airflow_orchestrator as theirs
from zenml.integrations.airflow.orchestrators.dag_generator import DagConfiguration

from flavors.orchestrator.airflow.flavor import AirflowConfig

TOKEN, KEY = "ZENML_STORE_API_TOKEN", "ZENML_STORE_API_KEY"


class AirflowOrchestrator(theirs.AirflowOrchestrator):
    """Writes DAGs that any Airflow with the operator's provider can run."""

    @property
    def config(self) -> AirflowConfig:
        """The settings of the stack file."""
        return cast("AirflowConfig", self._config)

    def _write_dag(
        self,
        dag_config: DagConfiguration,
        dag_generator_values: theirs.DagGeneratorValues,
        output_dir: str,
    ) -> None:
        """Write the DAG with a reference to the key in place of the token.

        Airflow fills the reference when a task starts, and masks it in its log.
        """
        key = f"{{{{ conn.get('{self.config.zenml_connection}').password }}}}"
        for task in dag_config.tasks:
            task.environment.pop(TOKEN, None)
            task.environment[KEY] = key
        super()._write_dag(dag_config, dag_generator_values, output_dir)
