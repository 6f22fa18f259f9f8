"""The command line: one module per subcommand, strict configuration, plain words."""
