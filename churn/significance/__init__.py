"""How sure one can be of a difference, from rows alone. Knows no policy."""
