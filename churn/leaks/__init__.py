"""Leak probes: what declarations cannot show, looked for in data and outcomes.

The compiler sees to it that nothing counts before it was known. It cannot see that a
source dates a row back, overwrites a column in place or fills one after the outcome.
"""
