"""Keeps the tables quick to read: many small files of a day become one.

Rows stay as they are. Files that no version of the last week needs are removed.
"""

from collections import Counter

from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError

from storage.delta import told
from storage.predictions.tables import DAY

MOST_FILES = 50
KEPT_HOURS = 7 * 24


def merge_small_files(table: DeltaTable, way_out: str) -> int:
    """Merge the files of each day that has many; returns how many days had.

    Raises
    ------
    TableError
        If the table cannot be read or written.
    """
    with told(table.table_uri, way_out):
        days = _crowded(table)
        for day in days:
            try:
                table.optimize.compact(partition_filters=[(DAY, "=", day)])
            except CommitFailedError:
                # Another run did the same; there is always a next time.
                return 0
        if days:
            table.vacuum(retention_hours=KEPT_HOURS, dry_run=False)
    return len(days)


def _crowded(table: DeltaTable) -> list[str]:
    actions = table.get_add_actions(flatten=True)
    days = Counter(str(day) for day in actions[f"partition.{DAY}"].to_pylist())
    return sorted(day for day, n_files in days.items() if n_files > MOST_FILES)
