"""What can go wrong with the story."""

from churn.errors import HoldfastError


class DemoError(HoldfastError):
    """A chapter did not end as it should; the text says where and why."""
