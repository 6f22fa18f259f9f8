"""One customer's values as they arrive, made into the columns a graph takes.

Nothing is silent: what cannot be scored is refused by its feature's name, and what
training never saw is scored as declared and named in a warning.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from churn.errors import InputError
from churn.naming import suggestion

Value = float | int | str | bool | None
Columns = Sequence[tuple[Any, ...]]
"""The values of each feature, one a row."""
Found = dict[int, list[str]]
"""Warnings by row."""
WarningKind = Literal["unknown_category", "out_of_range", "missing"]
WARNING_KINDS: tuple[WarningKind, ...] = get_args(WarningKind)

DECLARED = {
    "unknown_category": "scored as no category of training, with a warning",
    "out_of_range": "scored as it is, with a warning",
    "missing": "scored as missing, with a warning where training never missed it",
    "absent": "missing",
    "empty_text": "missing",
    "boolean": "refused",
    "not_a_finite_float32": "refused",
    "other_type": "refused",
    "unknown_feature": "refused",
}
"""What becomes of a value, as a manifest states it."""

LARGEST = float(np.finfo(np.float32).max)
MOST_CHARACTERS = 80
"""Of a stranger's name in an error."""

NUMBERS = frozenset({int, float, type(None)})
WORDS = {
    bool: "true or false; send 1 or 0, or the category's text",
    str: "a text",
    int: "a number",
    float: "a number",
    dict: "an object",
    list: "a list",
}


@dataclass(frozen=True, slots=True)
class NumberInput:
    """A number, the range that training saw, and whether it saw it missing.

    ``low`` and ``high`` are where rounding to float32 leaves the range.
    """

    name: str
    low: float
    high: float
    is_missed: bool

    def warning(self, value: Value) -> str | None:
        """What is unusual about a value.

        Raises
        ------
        InputError
            If it is no finite number of float32.
        """
        if value is None:
            return None if self.is_missed else f"missing: {self.name}"
        if type(value) is not float and type(value) is not int:
            raise _refused(self.name, "a number or null", value)
        if not -LARGEST <= value <= LARGEST:
            raise InputError(
                f"{self.name}: expected a finite number of at most {LARGEST:.4g}, "
                "found another; send null where nobody knows it",
                field=self.name,
            )
        if self.low <= value <= self.high:
            return None
        return f"out_of_range: {self.name}"


@dataclass(frozen=True, slots=True)
class CategoryInput:
    """A text, the categories that training saw, and whether it saw it missing."""

    name: str
    seen: frozenset[str]
    is_missed: bool

    def warning(self, value: Value) -> str | None:
        """What is unusual about a value.

        Raises
        ------
        InputError
            If it is no text, or one that UTF-8 cannot hold.
        """
        if value is None or value == "":
            return None if self.is_missed else f"missing: {self.name}"
        if type(value) is not str:
            raise _refused(self.name, "a text or null", value)
        if value in self.seen:
            return None
        if not _is_plain(value):
            raise _refused(self.name, "a text of valid Unicode without NUL", value)
        return f"unknown_category: {self.name}"


@dataclass(frozen=True)
class InputSchema:
    """The features of a bundle with what training saw of each. Made by ``of``.

    Safe from several threads. ``names`` are the features in the bundle's order.
    """

    names: tuple[str, ...]
    numbers: tuple[NumberInput, ...]
    categories: tuple[CategoryInput, ...]
    _blank: Mapping[str, None]
    _low: NDArray[np.float64]
    _high: NDArray[np.float64]
    _seen: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Self:
        """Read the schema from a bundle's manifest, of any format."""
        features = manifest["features"]
        numbers = tuple(_number(f) for f in features if f["kind"] == "number")
        categories = tuple(_category(f) for f in features if f["kind"] == "category")
        return cls(
            names=tuple(feature["name"] for feature in features),
            numbers=numbers,
            categories=categories,
            _blank=dict.fromkeys(
                [f.name for f in numbers] + [f.name for f in categories]
            ),
            _low=np.array([[number.low] for number in numbers]).reshape(-1, 1),
            _high=np.array([[number.high] for number in numbers]).reshape(-1, 1),
            _seen=tuple(category.seen for category in categories),
        )

    def columns(
        self, rows: Sequence[Mapping[str, Value]]
    ) -> tuple[dict[str, NDArray[Any]], tuple[tuple[str, ...], ...]]:
        """One array per feature as the graph takes them, and each row's warnings.

        Parameters
        ----------
        rows : sequence of mapping of feature name to value
            Numbers as int or float, categories as str; None or no entry for missing,
            ``""`` too of a category. True and False are neither: send 1 and 0.

        Returns
        -------
        dict of ndarray of shape (n_rows,)
            float32 with NaN for missing, or str objects with ``""`` for missing.
        tuple of n_rows tuples of str
            ``<kind>: <feature>``, the kind being one of ``WARNING_KINDS``.

        Raises
        ------
        InputError
            If a value cannot be scored, or a name is no feature.
        """
        table = [tuple({**self._blank, **row}.values()) for row in rows]
        if any(len(values) != len(self._blank) for values in table):
            raise self._stranger(rows)
        columns = list(zip(*table, strict=True)) or [()] * len(self._blank)
        first, n, found = len(self.numbers), len(table), Found()
        numbers = self._numbers(columns[:first], n, found)
        texts = self._texts(columns[first:], n, found)
        arrays = dict(zip(self._blank, (*numbers, *texts), strict=True))
        if not found:
            return arrays, ((),) * n
        return arrays, tuple(tuple(found.get(i, ())) for i in range(n))

    def _numbers(
        self, columns: Columns, n_rows: int, found: Found
    ) -> NDArray[np.float32]:
        """Shape (n_numbers, n_rows)."""
        try:
            if not NUMBERS.issuperset(map(type, chain.from_iterable(columns))):
                _judge(self.numbers, columns, found)
            values = np.array(columns, dtype=np.float64)
        except OverflowError:
            # An integer beyond any float, which is refused by its feature's name.
            _judge(self.numbers, columns, found)
            raise
        values = values.reshape(len(columns), n_rows)
        is_usual = (self._low <= values) & (values <= self._high)
        if np.count_nonzero(is_usual) != is_usual.size:
            for feature, row in np.argwhere(~is_usual).tolist():
                _say(self.numbers[feature], columns[feature][row], row, found)
        return values.astype(np.float32)

    def _texts(self, columns: Columns, n_rows: int, found: Found) -> NDArray[Any]:
        """Shape (n_categories, n_rows)."""
        try:
            is_usual = all(map(frozenset.issuperset, self._seen, columns))
        except TypeError:
            is_usual = False  # A value that cannot be looked up, such as a list.
        if not is_usual:
            both = zip(self.categories, columns, strict=True)
            columns = [_judged(of, column, found) for of, column in both]
        texts = np.array(list(chain.from_iterable(columns)), dtype=object)
        return texts.reshape(len(columns), n_rows)

    def _stranger(self, rows: Sequence[Mapping[str, Value]]) -> InputError:
        place, name = next(
            (place, str(name)[:MOST_CHARACTERS])
            for place, row in enumerate(rows)
            for name in row
            if name not in self._blank
        )
        return InputError(
            f"{name}: expected a feature of this model, found another name; "
            f"{suggestion(name, self._blank)}",
            field=name,
            row=place,
        )


def _judge(inputs: Sequence[NumberInput], columns: Columns, found: Found) -> None:
    """Ask of every number what is unusual about it."""
    for of, column in zip(inputs, columns, strict=True):
        for row, value in enumerate(column):
            _say(of, value, row, found)


def _judged(
    of: CategoryInput, column: tuple[Any, ...], found: Found
) -> tuple[Any, ...]:
    """The column with ``""`` for missing, what is unusual having been judged."""
    try:
        strange = [row for row, value in enumerate(column) if value not in of.seen]
    except TypeError:  # A value that cannot be looked up, such as a list.
        strange = list(range(len(column)))
    for row in strange:
        _say(of, column[row], row, found)
    return tuple(value or "" for value in column) if strange else column


def _say(of: NumberInput | CategoryInput, value: Any, row: int, found: Found) -> None:
    try:
        warning = of.warning(value)
    except InputError as error:
        error.row = row
        raise
    if warning is not None:
        found.setdefault(row, []).append(warning)


def _number(feature: Mapping[str, Any]) -> NumberInput:
    low, high = feature["min"], feature["max"]
    return NumberInput(
        name=feature["name"],
        low=np.inf if low is None else _between(low, -np.inf),
        high=-np.inf if high is None else _between(high, np.inf),
        is_missed=feature["missing_share"] > 0,
    )


def _between(bound: float, towards: float) -> float:
    """Halfway from a float32 to its neighbour: what rounds to ``bound`` is within."""
    neighbour = np.nextafter(np.float32(bound), np.float32(towards))
    return (float(bound) + float(neighbour)) / 2


def _category(feature: Mapping[str, Any]) -> CategoryInput:
    return CategoryInput(
        name=feature["name"],
        seen=frozenset(feature["categories"]),
        is_missed=feature["missing_share"] > 0,
    )


def _refused(name: str, expected: str, value: object) -> InputError:
    found = WORDS.get(type(value), "another type")
    return InputError(f"{name}: expected {expected}, found {found}", field=name)


def _is_plain(text: str) -> bool:
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
