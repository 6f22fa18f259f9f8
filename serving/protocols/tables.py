"""Tables of foreign protocols, made into rows."""

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta

from serving.problems import Problem
from serving.scoring import Row

CUSTOMER_ID, CUSTOMER_VALUE = "customer_id", "customer_value"
MOST_CHARACTERS = 256
RequestId = Annotated[str, Meta(max_length=128)]
"""As a caller's protocol names the request; an empty one counts as none."""
MOST_EUR = 1e12


def rows_of(
    names: Sequence[str], table: Sequence[Sequence[Any]], *, field: str, most_rows: int
) -> list[Row]:
    """One row a line; ``customer_id`` and ``customer_value`` are no features.

    Raises
    ------
    Problem
        If there is no line or there are too many, a name stands twice, or a line has
        another length than the names.
    """
    check_rows(len(table), most_rows, field=field)
    if len(set(names)) < len(names):
        raise Problem(422, "expected each name once, found one twice", field=field)
    return [_row(names, line, f"{field}[{i}]") for i, line in enumerate(table)]


def check_rows(n_rows: int, most_rows: int, *, field: str) -> None:
    """Refuse a request without a row, or with too many.

    Raises
    ------
    Problem
    """
    if n_rows == 0:
        raise Problem(422, "expected at least one, found none", field=field)
    if n_rows > most_rows:
        raise Problem(413, f"expected at most {most_rows}, found {n_rows}", field=field)


def _row(names: Sequence[str], line: Sequence[Any], field: str) -> Row:
    if len(line) != len(names):
        raise Problem(
            422, f"expected {len(names)} values, found {len(line)}", field=field
        )
    values = dict(zip(names, line, strict=True))
    customer_id = values.pop(CUSTOMER_ID, None)
    customer_value = values.pop(CUSTOMER_VALUE, None)
    is_named = isinstance(customer_id, str) and 0 < len(customer_id) <= MOST_CHARACTERS
    if customer_id is not None and not is_named:
        raise Problem(
            422,
            f"expected a text of 1 to {MOST_CHARACTERS}",
            field=f"{field}.customer_id",
        )
    if customer_value is not None and not _is_worth(customer_value):
        raise Problem(
            422, f"expected EUR from 0 to {MOST_EUR:g}", field=f"{field}.customer_value"
        )
    worth = None if customer_value is None else float(customer_value)
    return Row(values=values, customer_id=customer_id, customer_value=worth)


def _is_worth(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= MOST_EUR
