from churn.naming import nearest, suggestion


def test_the_nearest_name_ignores_case():
    assert nearest("customerid", ["CustomerID", "Country"]) == "CustomerID"


def test_a_name_like_none_gets_the_whole_list():
    assert suggestion("qqq", ["b", "a"]) == "known are a, b"


def test_nothing_to_choose_from_is_said():
    assert suggestion("qqq", []) == "none is known"
