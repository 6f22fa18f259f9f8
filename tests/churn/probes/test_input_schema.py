from dataclasses import replace

from churn.dataset import Dataset
from churn.probes.input_schema import features_of, input_schema
from tests.snapshot_rows import FEATURES, bundle

HIDDEN = replace(FEATURES[2], name="hidden", in_model=False)
SHOP = Dataset(
    name="shop",
    kind="table",
    tables={},
    features=(*FEATURES, HIDDEN),
    customer_value="1",
)
KINDS = {
    "tenure_days": "number",
    "spend_cents": "number",
    "visits": "number",
    "plan": "category",
    "region": "category",
}


def test_a_bundle_tells_what_it_reads() -> None:
    assert features_of(bundle()) == KINDS


def test_everything_declared_is_served() -> None:
    seen = input_schema(SHOP, bundle(), None)

    assert seen.needed == KINDS
    assert seen.served == KINDS | {"hidden": "number"}
    assert seen.champion == {}


def test_what_the_champion_reads_is_beside_it() -> None:
    assert input_schema(SHOP, bundle(), bundle()).champion == KINDS
