"""`run.py schedule`: what runs when, in the words of whoever runs it."""
