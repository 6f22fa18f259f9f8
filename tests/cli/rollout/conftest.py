"""The stack of the models' commands."""

from tests.cli.models.conftest import here

__all__ = ["here"]
