"""Measuring a model: figures with intervals, beside what else one could do."""
