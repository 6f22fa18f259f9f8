"""`run.py demo`: the whole story of a model in minutes, with everything real."""
