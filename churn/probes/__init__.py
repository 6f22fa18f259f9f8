"""Probes: what a version does when it is prodded, beyond scoring the test rows."""
