"""Where pipelines run: ZenML's orchestrators, without what would stop them or leak."""
