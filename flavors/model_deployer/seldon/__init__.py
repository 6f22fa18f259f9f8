"""A model server in Seldon Core: described, checked, applied, read back."""
