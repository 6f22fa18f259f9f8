"""The latest feature row of each customer, for who asks one at a time."""
