"""Alerters: where a run's one message goes."""
