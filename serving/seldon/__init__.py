"""Our model in Seldon's Python wrapper; an environment of its own runs it."""
