"""`run.py contracts`: what a change of declarations breaks, before it is merged."""
