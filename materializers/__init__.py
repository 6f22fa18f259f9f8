"""Core types to explicit formats and back: parquet, JSON, the bundle folder.

Importing ``materializers.registration`` makes ZenML use them. No pickle.
"""
