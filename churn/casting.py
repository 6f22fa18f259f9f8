"""Text and database types to the types of a contract, without inventing a value.

A moment without a time zone is taken in the zone that its table declares: of an hour
that occurs twice, the earlier one. Without a declared zone nobody knows when it was.
What cannot be represented exactly (a date that is none, an hour that was skipped, 4.5
as a whole number) becomes null here; the caller compares with the original to see
that it failed.
"""

import polars as pl

YES = ("true", "yes", "t", "y", "1")
NO = ("false", "no", "f", "n", "0")

# Microseconds, with or without fraction; minutes; days.
NAIVE_FORMATS = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d")


def cast(
    column: pl.Expr,
    found: pl.DataType,
    wanted: pl.DataType,
    *,
    time_zone: str | None = None,
) -> pl.Expr:
    """An expression of type ``wanted``; null where the value has no such form.

    Parameters
    ----------
    column : polars.Expr
        The column as read.
    found, wanted : polars.DataType
        Its type as read, and the contract's.
    time_zone : str or None
        Zone of moments that come without one; None: they become null.

    Examples
    --------
    >>> frame = pl.DataFrame({"n": ["3", "4.0", "4.5", "four"]})
    >>> frame.select(cast(pl.col("n"), pl.String(), pl.Int64())).to_series().to_list()
    [3, 4, None, None]
    """
    if found == wanted:
        return column
    if isinstance(found, pl.String):
        return _from_text(column.str.strip_chars(), wanted, time_zone)
    if isinstance(wanted, pl.Datetime):
        return _to_datetime(column, found, wanted, time_zone)
    if found.is_numeric() and (wanted.is_integer() or isinstance(wanted, pl.Boolean)):
        return _if_exact(column, wanted)
    if isinstance(wanted, pl.String) and found.is_float():
        return _whole_numbers_without_point(column)
    return column.cast(wanted, strict=False)


def _from_text(text: pl.Expr, wanted: pl.DataType, time_zone: str | None) -> pl.Expr:
    if isinstance(wanted, pl.Boolean):
        return _text_to_boolean(text)
    if isinstance(wanted, pl.Datetime):
        return _text_to_datetime(text, wanted, time_zone)
    if isinstance(wanted, pl.Date):
        moment = _text_to_datetime(text, pl.Datetime("us"), "UTC")
        return pl.when(moment == moment.dt.truncate("1d")).then(moment.dt.date())
    if wanted.is_integer():
        # Tools that know no missing integers write them as "3.0".
        as_float = _if_exact(text.cast(pl.Float64, strict=False), wanted)
        return pl.coalesce(text.cast(wanted, strict=False), as_float)
    return text.cast(wanted, strict=False)


def _text_to_boolean(text: pl.Expr) -> pl.Expr:
    word = text.str.to_lowercase()
    return pl.when(word.is_in(YES)).then(True).when(word.is_in(NO)).then(False)


def _text_to_datetime(
    text: pl.Expr, wanted: pl.Datetime, time_zone: str | None
) -> pl.Expr:
    spaced = text.str.replace("T", " ", literal=True)
    zoned = spaced.str.replace("Z$", "+0000").str.to_datetime(
        "%Y-%m-%d %H:%M:%S%.f%z", time_unit="us", strict=False
    )
    naive = [
        spaced.str.to_datetime(form, time_unit="us", strict=False)
        for form in NAIVE_FORMATS
    ]
    there = _placed(pl.coalesce(naive), wanted, time_zone)
    return pl.coalesce(_in_zone(zoned, wanted), there)


def _to_datetime(
    column: pl.Expr, found: pl.DataType, wanted: pl.Datetime, time_zone: str | None
) -> pl.Expr:
    if isinstance(found, pl.Datetime) and found.time_zone is not None:
        return _in_zone(column, wanted)
    return _placed(column.cast(pl.Datetime("us"), strict=False), wanted, time_zone)


def _placed(moment: pl.Expr, wanted: pl.Datetime, time_zone: str | None) -> pl.Expr:
    """A moment without a zone, put into one; null where it has no place there."""
    if wanted.time_zone is None and time_zone is None:
        return moment.cast(wanted)
    if time_zone is None:
        return pl.lit(None, dtype=wanted)
    there = moment.dt.replace_time_zone(
        time_zone, ambiguous="earliest", non_existent="null"
    )
    return _in_zone(there, wanted)


def _in_zone(moment: pl.Expr, wanted: pl.Datetime) -> pl.Expr:
    there = moment.dt.convert_time_zone(wanted.time_zone or "UTC")
    if wanted.time_zone is None:
        there = there.dt.replace_time_zone(None)
    return there.cast(wanted)


def _if_exact(number: pl.Expr, wanted: pl.DataType) -> pl.Expr:
    whole = number.cast(wanted, strict=False)
    back = whole.cast(pl.Float64) == number.cast(pl.Float64)
    return pl.when(back).then(whole)


def _whole_numbers_without_point(number: pl.Expr) -> pl.Expr:
    """Identifiers that some tool turned into floats: 12346, not 12346.0."""
    whole = _if_exact(number, pl.Int64())
    return pl.coalesce(whole.cast(pl.String), number.cast(pl.String))
