"""A data set's contracts and features as plain data, to be held against others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Properties = Mapping[str, str]
Effect = Literal["breaks", "shifts", "harmless"]


@dataclass(frozen=True)
class DeclaredTable:
    """A raw table's contract.

    Parameters
    ----------
    times : mapping
        Its two time axes and its key: when a row counts, and which one.
    prepare : str
        Hash of what resolves the quirks of its source.
    columns : mapping of column to its properties
        ``dtype`` and every bound.
    rules : mapping of name to expression
        What holds between columns.
    """

    times: Properties
    prepare: str
    columns: Mapping[str, Properties]
    rules: Properties


@dataclass(frozen=True)
class DeclaredFeature:
    """A feature.

    Parameters
    ----------
    definition : mapping
        All that decides about its value, as declared.
    words : mapping
        What else it says of itself: unit, meaning, whether models take it.
    query : str
        Hash of the SQL that it compiles to.
    parts : tuple of str
        Names of all features that it is made of, at any depth.
    reads : mapping of raw table to column names
        All columns behind it.
    """

    definition: Properties
    words: Properties
    query: str
    parts: tuple[str, ...]
    reads: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class DeclaredDataset:
    """A business; ``population`` is its label, and who is in it with which value."""

    population: Properties
    tables: Mapping[str, DeclaredTable]
    features: Mapping[str, DeclaredFeature]


@dataclass(frozen=True)
class Change:
    """One difference between two declarations.

    Parameters
    ----------
    dataset : str
    what : str
        The thing that changed, as ``column payments.amount_cents``.
    found : str
        How it changed, as ``dtype Int64 → Float64``.
    effect : {"breaks", "shifts", "harmless"}
        Breaks: what a model was fitted on can no longer be had, or means something
        else. Shifts: it means the same, of other rows or values. Harmless: neither.
    features : tuple of str
        The features of the older declaration that are touched, in declared order.
    """

    dataset: str
    what: str
    found: str
    effect: Effect
    features: tuple[str, ...]


@dataclass(frozen=True)
class User:
    """A model version in use and the features that it takes."""

    version: str
    stage: str
    features: tuple[str, ...]
