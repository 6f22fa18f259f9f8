"""What it brings to train again by this trigger or that: three simulated years."""
