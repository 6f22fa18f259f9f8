"""`run.py models`: what is live and why, and how that is changed."""
