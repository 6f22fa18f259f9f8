"""The part of the core that a server needs: numpy and onnxruntime, nothing else."""
