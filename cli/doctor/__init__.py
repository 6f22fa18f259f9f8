"""Whether a stack would work, asked of everything it names, told in plain words."""
