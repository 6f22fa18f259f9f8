"""Values for the variables of the stack files: well-formed, and of no server."""

VARIABLES = {
    "HOLDFAST_AIRFLOW_DAGS": "/srv/airflow/dags",
    "HOLDFAST_BUCKET": "holdfast",
    "HOLDFAST_CRM_URL": "postgresql+psycopg://crm@db.invalid/crm",
    "HOLDFAST_KUBEFLOW_URL": "http://kubeflow.invalid/pipeline",
    "HOLDFAST_LEDGER_URL": "postgresql+psycopg://ledger@db.invalid/ledger",
    "HOLDFAST_MLFLOW_URL": "http://mlflow.invalid",
    "HOLDFAST_MODELS_URL": "http://models.invalid/seldon/{namespace}/{name}",
    "HOLDFAST_ONLINE_URL": "redis://redis.invalid:6379/0",
    "HOLDFAST_REGISTRY": "registry.invalid:5000",
    "HOLDFAST_S3_URL": "http://s3.invalid:9000",
    "HOLDFAST_SERVER_URL": "http://models.invalid:8080",
    "HOLDFAST_SERVING_IMAGE": "registry.invalid:5000/holdfast/serving:1",
    "HOLDFAST_ZENML_URL": "http://zenml.invalid:8080",
}
