"""Stacks: files that say where a pipeline runs, and ZenML made to agree with them."""
