"""How many customers there were, over any union of days, without saying who.

The smallest values of a keyed hash: the sketch of a union is made of the sketches of
its parts, and whoever lacks the key cannot ask whether a customer is in it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Self

import numpy as np
from numpy.typing import NDArray

MOST_VALUES = 1024
HASH_BYTES = 8
HASHES = float(2 ** (8 * HASH_BYTES))


@dataclass(frozen=True, eq=False)
class CustomerSketch:
    """The up to ``MOST_VALUES`` smallest hashes of customers, ascending and distinct.

    References
    ----------
    Bar-Yossef, Jayram, Kumar, Sivakumar, Trevisan (2002), "Counting distinct elements
    in a data stream", RANDOM 2002, algorithm of the k minimum values.
    """

    values: NDArray[np.uint64]

    @classmethod
    def of(cls, customers: Iterable[str | None], *, key: bytes) -> Self:
        """Of customers' ids, None being a row of nobody known.

        Parameters
        ----------
        key : bytes
            Up to 64; days are comparable only under the same key.
        """
        empty = blake2b(digest_size=HASH_BYTES, key=key)

        def digest(customer: str) -> bytes:
            hashed = empty.copy()
            hashed.update(customer.encode())
            return hashed.digest()

        digests = b"".join([digest(c) for c in customers if c is not None])
        return cls(_smallest(np.frombuffer(digests, dtype="<u8").astype(np.uint64)))

    @property
    def n_customers(self) -> float:
        """Distinct customers: exact below ``MOST_VALUES``, else within about 3 %.

        The standard error is ``n / sqrt(MOST_VALUES - 2)``, the estimate unbiased
        (Beyer et al. 2007, "On synopses for distinct-value estimation under multiset
        operations", SIGMOD).
        """
        if self.values.size < MOST_VALUES:
            return float(self.values.size)
        return (MOST_VALUES - 1) / (float(self.values[-1]) / HASHES)

    def __eq__(self, other: object) -> bool:
        """Whether both are of the same hashes."""
        return isinstance(other, CustomerSketch) and np.array_equal(
            self.values, other.values
        )

    def __hash__(self) -> int:
        """Equal for equal sketches."""
        return hash(self.values.tobytes())


def merged_sketch(sketches: Sequence[CustomerSketch]) -> CustomerSketch:
    """The sketch of all customers who are in any of these."""
    return CustomerSketch(_smallest(np.concatenate([s.values for s in sketches])))


def _smallest(hashes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    # Sorted, and not by np.unique, whose hash table of a million takes seconds.
    ordered = np.sort(hashes)
    is_first = np.ones(ordered.size, dtype=np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    return ordered[is_first][:MOST_VALUES]
