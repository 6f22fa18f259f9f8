from dataclasses import replace

from tests.businesses import BUSINESS, FEATURES


def test_a_model_sees_the_features_meant_for_it_in_declared_order() -> None:
    hidden = replace(FEATURES[1], in_model=False)
    business = replace(BUSINESS, features=(FEATURES[0], hidden, FEATURES[2]))

    assert business.model_features == (FEATURES[0], FEATURES[2])
