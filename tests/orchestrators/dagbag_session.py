"""What Airflow makes of a folder of DAGs; run in Airflow's environment, says JSON.

Its one argument is the folder.
"""

import contextlib
import json
import sys
from typing import Any


def main(folder: str) -> None:
    with contextlib.redirect_stdout(sys.stderr):
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(dag_folder=folder)
    dags = {dag.dag_id: told(dag) for dag in bag.dags.values()}
    print(json.dumps({"errors": bag.import_errors, "dags": dags}))  # noqa: T201


def told(dag: Any) -> dict[str, Any]:
    """What the tests ask of a DAG."""
    return {
        "is_paused": dag.is_paused_upon_creation,
        "catchup": dag.catchup,
        "schedule": str(dag.schedule),
        "tasks": {task.task_id: task_told(task) for task in dag.tasks},
    }


def task_told(task: Any) -> dict[str, Any]:
    """The same of a task, whichever operator runs it."""
    is_pod = hasattr(task, "env_vars")
    pairs = {entry.name: entry.value for entry in task.env_vars} if is_pod else {}
    return {
        "operator": type(task).__name__,
        "image": task.image,
        "environment": pairs or task.environment,
        "given": [*task.cmds, *task.arguments] if is_pod else task.command,
        "upstream": sorted(task.upstream_task_ids),
        "templated": list(task.template_fields),
    }


if __name__ == "__main__":
    main(sys.argv[1])
