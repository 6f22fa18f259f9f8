# What a step of a pipeline runs in, and `run.py` where no checkout is.
#   docker run --rm holdfast-pipeline python run.py --list
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS environment
# What installs is in an environment of its own, so that the image has none.
RUN python3 -m venv /tmp/installer \
    && /tmp/installer/bin/pip install --no-cache-dir uv==0.13.9 \
    && python3 -m venv --without-pip /opt/holdfast
COPY requirements.txt requirements/cluster.txt requirements/kubeflow.txt /tmp/requirements/
# Bytecode that is never compared with its source holds no time, and is good on a file
# system that is read-only. Some packages carry templates that are no Python: not compiled.
RUN /tmp/installer/bin/uv pip install --python /opt/holdfast/bin/python --no-cache \
        --require-hashes --requirement /tmp/requirements/requirements.txt \
        --requirement /tmp/requirements/cluster.txt \
        --requirement /tmp/requirements/kubeflow.txt \
    && { PYTHONHASHSEED=0 /opt/holdfast/bin/python -m compileall -q \
        --invalidation-mode unchecked-hash /opt/holdfast/lib >/tmp/not-compiled || true; }

FROM ${BASE}
COPY --from=environment /opt/holdfast /opt/holdfast
# The second half are those that `run.py` sets for itself. A step starts without it.
ENV PATH=/opt/holdfast/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GIT_PYTHON_REFRESH=quiet \
    HOME=/var/lib/holdfast \
    LOGNAME=holdfast \
    HOLDFAST_HOME=/var/lib/holdfast \
    ZENML_CONFIG_PATH=/var/lib/holdfast/zenml \
    ZENML_CUSTOM_SOURCE_ROOT=/app \
    ZENML_ENABLE_REPO_INIT_WARNINGS=false \
    ZENML_ANALYTICS_OPT_IN=false \
    ZENML_ENABLE_RICH_TRACEBACK=false \
    ZENML_LOGGING_VERBOSITY=INFO \
    MLFLOW_DISABLE_TELEMETRY=true \
    ORT_DISABLE_TELEMETRY=1 \
    MLFLOW_CONFIGURE_LOGGING=false \
    MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT=true \
    OMP_WAIT_POLICY=passive
# ZenML puts code that a run brings along into /app, beside what is here, and which stack
# is active into .zen.
RUN echo "holdfast:x:10001:10001::/var/lib/holdfast:/usr/sbin/nologin" >> /etc/passwd \
    && echo "holdfast:x:10001:" >> /etc/group \
    && install --directory --owner 10001 --group 10001 /var/lib/holdfast /app /app/.zen
WORKDIR /app
COPY run.py requirements.txt ./
COPY churn churn
COPY cli cli
COPY configs configs
COPY datasets datasets
COPY flavors flavors
COPY materializers materializers
COPY pipelines pipelines
COPY registry registry
COPY serving serving
COPY steps steps
COPY storage storage
# Whoever the container runs as may read it; nobody may write it.
RUN chmod -R a+rX,go-w ./* \
    && PYTHONHASHSEED=0 python -m compileall -q --invalidation-mode unchecked-hash .
# What a run's lineage says, where no git does.
ARG REVISION=unknown
ENV HOLDFAST_COMMIT=${REVISION}
# A number, since Kubernetes cannot tell of a name whether it is root.
USER 10001:10001
VOLUME ["/var/lib/holdfast", "/app/.zen"]
# It ends by itself, and its exit code is its health.
HEALTHCHECK NONE
# No entry point: orchestrators give the whole command, some of them as arguments.
CMD ["python", "run.py", "--help"]
