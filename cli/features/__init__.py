"""What is declared, built and used of features, on the command line."""
