# One bundle behind Seldon's own Python wrapper, for clusters where that is the rule.
#   docker run --publish 9000:9000 --volume $PWD/bundle:/mnt/models:ro holdfast-seldon
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS environment
# What installs is in an environment of its own, so that the image has none.
RUN python3 -m venv /tmp/installer \
    && /tmp/installer/bin/pip install --no-cache-dir uv==0.13.9 \
    && python3 -m venv --without-pip /opt/holdfast
COPY requirements/seldon.txt /tmp/requirements/
# Bytecode that is never compared with its source holds no time, and is good on a file
# system that is read-only.
RUN /tmp/installer/bin/uv pip install --python /opt/holdfast/bin/python --no-cache \
        --require-hashes --requirement /tmp/requirements/seldon.txt \
    && PYTHONHASHSEED=0 /opt/holdfast/bin/python -m compileall -q \
        --invalidation-mode unchecked-hash /opt/holdfast/lib

FROM ${BASE}
COPY --from=environment /opt/holdfast /opt/holdfast
ENV PATH=/opt/holdfast/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ORT_DISABLE_TELEMETRY=1 \
    PREDICTIVE_UNIT_HTTP_SERVICE_PORT=9000
RUN echo "holdfast:x:10001:10001::/tmp:/usr/sbin/nologin" >> /etc/passwd \
    && echo "holdfast:x:10001:" >> /etc/group
WORKDIR /app
COPY churn churn
COPY storage storage
COPY serving serving
# Whoever the container runs as may read it; nobody may write it.
RUN chmod -R a+rX,go-w . \
    && PYTHONHASHSEED=0 python -m compileall -q --invalidation-mode unchecked-hash .
# A number, since Kubernetes cannot tell of a name whether it is root.
USER 10001:10001
EXPOSE 9000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['PREDICTIVE_UNIT_HTTP_SERVICE_PORT']}/health/ping\", timeout=2)"]
ENTRYPOINT ["seldon-core-microservice", "serving.seldon.wrapper.ChurnModel", "--service-type", "MODEL"]
