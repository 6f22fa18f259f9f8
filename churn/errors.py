"""Every error Holdfast raises on purpose, split by who has to act.

HoldfastError
├── UsageError            the person who typed the command or wrote the file
│   ├── ConfigError       a key, a value or a name in a configuration
│   ├── SourceError       a file, folder, database, table or column of the input
│   ├── EngineError       what computes the features, and is not there
│   └── DeclarationError  a data set module that contradicts itself
├── DataError             the owner of the data
│   ├── QuarantineLimitError
│   └── NotEnoughDataError
├── InputError            who asks for a score: a value of one customer
└── BundleError           a model folder that must not be used

A refused model is none of these: it is a ``Decision``.
"""


class HoldfastError(Exception):
    """Base of all errors below; its text is one line fit to be shown to a user."""


class UsageError(HoldfastError):
    """The command, a configuration or an input must be changed."""


class ConfigError(UsageError):
    """A configuration holds an unknown key, a wrong type or an impossible value."""


class SourceError(UsageError):
    """The source is missing, unreachable, or lacks a table or column."""


class EngineError(UsageError):
    """What computes the features is not installed, unreachable, or gave up."""


class DeclarationError(UsageError):
    """A data set declares something that cannot hold."""


class DataError(HoldfastError):
    """The data do not allow what was asked."""


class QuarantineLimitError(DataError):
    """More rows broke the contract than the configuration allows."""


class NotEnoughDataError(DataError):
    """Too few rows, churners or matured snapshots."""


class BundleError(HoldfastError):
    """A bundle is incomplete, altered, of another format, or answers wrongly."""


class InputError(HoldfastError):
    """A customer's values cannot be scored.

    Parameters
    ----------
    field : str
        The feature, or the stranger's name.
    row : int
        Which of the customers, from 0.
    """

    def __init__(self, message: str, *, field: str, row: int = 0) -> None:
        super().__init__(message)
        self.field = field
        self.row = row
