#!/bin/sh
# Run once by PostgreSQL's image, on an empty volume: one user a database, owner of it
# and of nothing else.
set -eu

database() { # USER PASSWORD DATABASE
  psql --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --quiet \
    --set owner="$1" --set password="$2" --set name="$3" <<'SQL'
SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', :'owner', :'password')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \gexec
CREATE DATABASE :"name" OWNER :"owner";
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
}

database ledger "$LEDGER_PASSWORD" ledger
database crm "$CRM_PASSWORD" crm
database mlflow "$MLFLOW_PASSWORD" mlflow
database mlflow "$MLFLOW_PASSWORD" mlflow_users
