"""What a change of declarations does to features, and so to models in use."""
