"""`contracts diff`: what changed since a revision, and what that breaks."""

from pathlib import Path

import click

from churn.changes.compare import changes, hit
from cli.contracts.found import Difference, Found
from cli.contracts.revisions import declarations
from cli.contracts.users import known_users
from cli.models.speaking import say

BREAKS = 3


def show_diff(
    root: Path, base: str, stack: str, users: Path | None, *, form: str
) -> int:
    """Print what changed; the exit code tells whether it breaks anything."""
    found = difference(root, base, stack, users)
    if form == "markdown":
        click.echo(found.as_markdown())
    else:
        say(found.as_document(), found.as_table(), as_json=form == "json")
    return BREAKS if found.breaks else 0


def difference(root: Path, base: str, stack: str, users: Path | None) -> Difference:
    """Compare a revision with the checkout, and name the versions in use it hits."""
    using, unknown = known_users(root, stack, users)
    changed = changes(*declarations(root, base))
    found = (Found(each, hit(each, using.get(each.dataset, ()))) for each in changed)
    return Difference(base, tuple(found), unknown)
