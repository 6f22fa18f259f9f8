"""`run.py server`: the server that the stack's deployer keeps running."""
