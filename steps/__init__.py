"""Steps: take artifacts, call the core, return artifacts. One a file."""
