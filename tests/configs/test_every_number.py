"""One battery over every number of a configuration: it has a range, and says so."""

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from churn.errors import ConfigError
from cli.training_config import Request, TrainingConfig, training_config

ROOT = Path(__file__).resolve().parents[2]
# Together they have every section there is.
CONFIGS = [training_config(ROOT, Request(name)) for name in ("subscriptions", "telco")]
WRONG: dict[str, tuple[float, ...]] = {
    "calibration.folds": (1,),
    "economics.acceptance_rate": (-0.1, 1.1, 30),
    "economics.contact_eur": (-1,),
    "economics.offer_eur": (-0.01,),
    "evaluation.high_value_quantile": (-0.1, 1, 75),
    "evaluation.resamples": (19, 0, -1),
    "evaluation.seed": (-1,),
    "evaluation.slice_min_rows": (0,),
    "leaks.bins": (1,),
    "leaks.max_rows": (99,),
    "leaks.seed": (-1,),
    "leaks.shift_days": (0, -30),
    "max_quarantined_share": (-0.1, 1.1, 2),
    "model.seed": (-1, 2**32),
    "model.threads": (0,),
    "probes.behaviour_customers": (0,),
    "probes.reseeds": (-1,),
    "probes.seed": (-1,),
    "probes.timed_calls": (0,),
    "search.folds": (1,),
    "search.max_rows": (99,),
    "search.max_seconds": (-1,),
    "search.trials": (0,),
    "simulation.n_customers": (0, 10_000_000),
    "simulation.n_days": (0,),
    "simulation.seed": (-1,),
    "snapshots.every_days": (0, -30),
    "snapshots.horizon_days": (0,),
    "snapshots.lead_time_days": (-1,),
    "stratified_split.calibration_share": (0, 1, -0.2),
    "stratified_split.seed": (-1,),
    "stratified_split.test_share": (0, 1, 20),
    "time_split.calibration_snapshots": (0,),
    "time_split.test_snapshots": (0, -1),
}
CASES = [(key, value) for key, values in WRONG.items() for value in values]


def numbers(record: Any, above: str = "") -> Iterator[str]:
    """Keys of the numbers in a record and in the records it holds."""
    hints = get_type_hints(type(record))
    for field in fields(record):
        value = getattr(record, field.name)
        if hints[field.name] in (int, float):
            yield above + field.name
        elif is_dataclass(value):
            yield from numbers(value, f"{field.name}.")


def with_value(key: str, value: float) -> TrainingConfig:
    """A configuration that differs in one number."""
    config = next(config for config in CONFIGS if key in numbers(config))
    section, _, name = key.rpartition(".")
    if not section:
        return replace(config, **{name: value})
    changed = replace(getattr(config, section), **{name: value})
    return replace(config, **{section: changed})


def test_every_number_has_a_range() -> None:
    assert {key for config in CONFIGS for key in numbers(config)} == set(WRONG)


@pytest.mark.parametrize(("key", "value"), CASES)
def test_a_number_out_of_its_range_is_refused_by_its_key(
    key: str, value: float
) -> None:
    with pytest.raises(ConfigError) as error:
        with_value(key, value)

    message = str(error.value)
    assert message.startswith(f"{key}: expected ")
    assert message.endswith(f", found {value}")
    assert "\n" not in message


@pytest.mark.parametrize("key", WRONG)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_refused_by_its_key(key: str, value: float) -> None:
    with pytest.raises(ConfigError) as error:
        with_value(key, value)

    assert str(error.value).startswith(f"{key}: expected ")


@pytest.mark.parametrize("key", WRONG)
def test_a_setting_out_of_its_range_is_refused_before_anything_runs(key: str) -> None:
    name = "telco" if key.startswith("stratified_split") else "subscriptions"
    setting = f"{key}={WRONG[key][0]}"

    with pytest.raises(ConfigError, match=f"^{key}: expected "):
        training_config(ROOT, Request(name, settings=[setting]))
