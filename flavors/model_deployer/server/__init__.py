"""A model server that somebody else runs; only looked at from here."""
