"""The model server: follows the ledger's release and answers over HTTP."""

import os

# Whatever else the process is told, before a library reads it once, when imported.
# ONNX Runtime would keep and send where it runs and what it loads.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
# No matrix is multiplied here, and each of its threads reserves 70 MB of addresses:
# with many processors more than a trial or the observer may have.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
