"""Model deployers: who runs the model server, and where.

What they do for a pipeline is ``churn.deployment.Deployer``; a step gets the one of
its stack from ``registry.deployer`` and knows neither kind.
"""
