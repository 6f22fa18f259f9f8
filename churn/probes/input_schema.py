"""What a version reads, beside what is there when a customer is scored."""

from churn.dataset import Dataset
from churn.evaluation.observations import InputSchema
from churn.scoring.bundle import Bundle


def input_schema(
    dataset: Dataset, challenger: Bundle, champion: Bundle | None
) -> InputSchema:
    """Features of the challenger, of the champion, and all that are published.

    Every declared feature is, whether the model may use it or not.
    """
    return InputSchema(
        needed=features_of(challenger),
        served={feature.name: feature.kind for feature in dataset.features},
        champion={} if champion is None else features_of(champion),
    )


def features_of(bundle: Bundle) -> dict[str, str]:
    """The raw features that a bundle reads, each with its kind."""
    return {feature["name"]: feature["kind"] for feature in bundle.manifest["features"]}
