#!/bin/sh
# MLflow's server with users and passwords, which it takes from a file alone.
set -eu
umask 077

export MLFLOW_AUTH_CONFIG_PATH="${TMPDIR:-/tmp}/users.ini"
# A percent sign begins a reference there.
sed 's/%/%%/g' > "$MLFLOW_AUTH_CONFIG_PATH" <<USERS
[mlflow]
default_permission = READ
database_uri = $MLFLOW_DATABASE/mlflow_users
admin_username = $MLFLOW_ADMIN_NAME
admin_password = $MLFLOW_ADMIN_PASSWORD
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
USERS

export MLFLOW_BACKEND_STORE_URI="$MLFLOW_DATABASE/mlflow"
# Names by which it may be asked for; others are refused, against DNS rebinding.
export MLFLOW_SERVER_ALLOWED_HOSTS='localhost:*,127.0.0.1:*,mlflow:*'
# Nobody asks it to run jobs of its own, for which it would keep processes.
export MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false
exec python -m mlflow server --app-name basic-auth --workers 1 \
  --host 0.0.0.0 --port 5000 --artifacts-destination "$MLFLOW_ARTIFACTS_DESTINATION"
