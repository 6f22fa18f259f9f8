"""Learning: candidates, search, calibration, and the bundle they end in."""
