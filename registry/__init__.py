"""The ledger of decisions, and the mirrors that show its head elsewhere."""
