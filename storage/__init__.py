"""What touches disk or network for data: sources, and later tables and logs."""
