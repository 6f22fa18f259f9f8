import numpy as np

from churn.evaluation.weighting import among, ratio, single, together


def total(weights):
    return {"total": weights.sum(axis=0)}


def first(weights):
    return {"first": weights[0]}


def nothing(weights):
    return {"ratio": ratio(weights[0], 0 * weights[0])}


def test_ratio_is_nan_where_the_denominator_is_zero_for_each_shape():
    found = ratio(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([2.0, 0.0]))

    np.testing.assert_array_equal(found, [[0.5, np.nan], [1.5, np.nan]])


def test_together_gives_the_figures_of_all_kernels():
    found = together([total, first])(np.array([[1.0], [2.0]]))

    assert {name: value.tolist() for name, value in found.items()} == {
        "total": [3.0],
        "first": [1.0],
    }


def test_among_hands_a_kernel_only_the_weights_of_its_rows():
    weights = np.array([[1.0], [2.0], [4.0]])

    found = among(np.array([False, True, True]), total)(weights)

    assert found["total"].tolist() == [6.0]


def test_single_is_none_where_the_kernel_says_nan():
    weight = np.array([1.0, 1.0])

    assert single(total, "total", weight) == 2.0
    assert single(nothing, "ratio", weight) is None
