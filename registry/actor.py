"""Who does something, as the ledger names people."""

import os
import pwd


def actor() -> str:
    """Who the operating system says runs this; no variable makes a second person.

    A container's user may have a number and no name.
    """
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"
