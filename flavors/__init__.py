"""Our ZenML stack components: a light `flavor` each; the rest comes when used."""
