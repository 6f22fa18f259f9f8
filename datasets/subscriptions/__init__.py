"""A seeded subscription business: the data set that needs no file."""
