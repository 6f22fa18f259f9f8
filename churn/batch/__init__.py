"""A night's scores: who is likely to leave, who is worth a contact, and why."""
