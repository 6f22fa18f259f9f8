"""One thread for products of matrices: how many add up decides the last bits."""

from contextlib import AbstractContextManager
from functools import cache

import scipy.linalg  # noqa: F401 (brings a BLAS of its own, which is to be found)
from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[object]:
    """Compute what follows in one thread, so that the same rows give the same bits."""
    limit: AbstractContextManager[object] = _controller().limit(
        limits=1, user_api="blas"
    )
    return limit


@cache
def _controller() -> ThreadpoolController:
    """Finding the libraries takes longer than a small measurement."""
    return ThreadpoolController()
