"""The core: churn as data, features, models, value and decisions.

Knows nothing of stacks, servers, networks, clocks or screens.
"""
