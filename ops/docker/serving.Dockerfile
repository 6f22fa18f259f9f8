# The model server, and nothing that trains.
#   docker run --publish 8080:8080 holdfast-serving --release s3://models/releases/churn-telco.json
ARG BASE=python:3.11-slim-bookworm

FROM ${BASE} AS environment
# What installs is in an environment of its own, so that the image has none.
RUN python3 -m venv /tmp/installer \
    && /tmp/installer/bin/pip install --no-cache-dir uv==0.13.9 \
    && python3 -m venv --without-pip /opt/holdfast
COPY requirements/serving.txt /tmp/requirements/
RUN /tmp/installer/bin/uv pip install --python /opt/holdfast/bin/python --no-cache \
        --require-hashes --requirement /tmp/requirements/serving.txt
# Half of it is never imported: XGBoost asks SciPy for sparse matrices and a few functions,
# ONNX Runtime asks for Protobuf in its tools only, and its library is inside its module too.
WORKDIR /opt/holdfast/lib/python3.11/site-packages
RUN rm -rf google/protobuf google/_upb flatbuffers \
        numpy/distutils numpy/_core/_simd.*.so \
        onnxruntime/backend onnxruntime/datasets onnxruntime/quantization \
        onnxruntime/tools onnxruntime/transformers onnxruntime/capi/libonnxruntime.so.* \
        scipy/cluster scipy/datasets scipy/differentiate scipy/fft scipy/fftpack \
        scipy/integrate scipy/interpolate scipy/io scipy/linalg scipy/misc \
        scipy/ndimage scipy/odr scipy/optimize scipy/signal scipy/spatial scipy/stats \
        scipy/sparse/csgraph scipy/sparse/linalg scipy/special/cython_special.* \
    && find . -type d -name tests -prune -exec rm -r {} + \
    && find . -name '*.py[ix]' -delete
# Bytecode that is never compared with its source holds no time, and is good on a file
# system that is read-only.
RUN PYTHONHASHSEED=0 /opt/holdfast/bin/python -m compileall -q \
        --invalidation-mode unchecked-hash .

FROM ${BASE}
COPY --from=environment /opt/holdfast /opt/holdfast
ENV PATH=/opt/holdfast/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ORT_DISABLE_TELEMETRY=1 \
    HOLDFAST_HOST=0.0.0.0 \
    HOLDFAST_PORT=8080 \
    HOLDFAST_STATE=/var/lib/holdfast
RUN echo "holdfast:x:10001:10001::/var/lib/holdfast:/usr/sbin/nologin" >> /etc/passwd \
    && echo "holdfast:x:10001:" >> /etc/group \
    && install --directory --owner 10001 --group 10001 /var/lib/holdfast
WORKDIR /app
COPY churn churn
COPY storage storage
COPY serving serving
# Whoever the container runs as may read it; nobody may write it. What a server imports,
# early or late, is still there.
RUN chmod -R a+rX,go-w . \
    && PYTHONHASHSEED=0 python -m compileall -q --invalidation-mode unchecked-hash . \
    && python -c "import serving.app, serving.observer, serving.supervisor, uvloop, xgboost, storage.bucket_objects, storage.online.redis_store, cryptography.hazmat.primitives.asymmetric.ed25519"
# A number, since Kubernetes cannot tell of a name whether it is root.
USER 10001:10001
VOLUME /var/lib/holdfast
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['HOLDFAST_PORT']}/health/live\", timeout=2)"]
ENTRYPOINT ["python", "-m", "serving"]
