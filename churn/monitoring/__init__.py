"""What a model in production met, how wrong it is, and how sure that is."""
