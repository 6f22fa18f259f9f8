"""Whether to train again: rules that ask for it, limits that hold it back."""
