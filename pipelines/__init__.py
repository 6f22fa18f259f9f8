"""Pipelines: composition of steps, and nothing else."""
