"""The model server beside what one would use instead, all started for real."""
