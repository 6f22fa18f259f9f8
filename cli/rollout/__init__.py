"""`run.py rollout`: how far the version in rollout is, and how a person stops it."""
