"""What the ledger and its transitions refuse, each in one line.

HoldfastError
├── LedgerError           the history cannot be read or extended
│   ├── LedgerMissingError   there is none yet
│   ├── LedgerMovedError     somebody else appended meanwhile
│   └── LedgerBrokenError    what stands there is not what was written
└── RefusedError          a transition that the history does not allow
    └── UnknownVersionError
"""

from churn.errors import HoldfastError, UsageError


class LedgerError(HoldfastError):
    """The ledger is unreachable, locked, or of another format."""


class LedgerMissingError(LedgerError):
    """Nothing was ever recorded at this address."""


class LedgerMovedError(LedgerError):
    """Somebody else appended meanwhile: read the history again and decide anew."""


class LedgerBrokenError(LedgerError):
    """A row was altered by hand."""


class RefusedError(HoldfastError):
    """The history does not allow this transition; nothing was changed."""


class UnknownVersionError(RefusedError, UsageError):
    """The history knows no such version."""
