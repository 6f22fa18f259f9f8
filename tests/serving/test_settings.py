import msgspec
import pytest

from churn.errors import ConfigError
from serving.settings import (
    VARIABLE,
    Settings,
    as_text,
    description_of,
    from_environment,
    settings_of,
)


def test_without_a_word_every_setting_has_its_default():
    assert settings_of({}, {}) == Settings()


def test_the_command_line_wins_over_the_environment():
    environ = {"HOLDFAST_PORT": "9000", "HOLDFAST_WORKERS": "3"}

    found = settings_of({"port": "9001"}, environ)

    assert (found.port, found.workers) == (9001, 3)


def test_stores_come_from_the_variables_by_which_a_stack_names_them():
    environ = {
        "HOLDFAST_RELEASE_URL": "s3://models/releases/",
        "HOLDFAST_ONLINE_URL": "redis://cache:6379/0",
        "HOLDFAST_PREDICTIONS_URL": "s3://logs",
        "HOLDFAST_MODEL": "churn-telco",
    }

    found = settings_of({}, environ)

    assert found.release == "s3://models/releases/churn-telco.json"
    assert found.online == "redis://cache:6379/0"
    assert found.predictions == "s3://logs"


def test_a_release_named_as_a_file_needs_no_model():
    assert settings_of({"release": "/r/churn.json"}, {}).release == "/r/churn.json"


def test_what_workers_are_handed_is_what_the_supervisor_was_told():
    settings = Settings(workers=2, stale_after_days=1.5, share_port=True)

    assert from_environment({VARIABLE: as_text(settings)}) == settings


def test_every_setting_says_what_it_means_and_crosses_to_the_workers():
    for name in Settings.__struct_fields__:
        assert description_of(name).endswith((".", ". None: open to all.")), name
    assert msgspec.json.decode(as_text(Settings()), type=Settings) == Settings()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"port": "http"}, "--port: expected `int`, got `str`, found 'http'"),
        ({"port": "70000"}, "--port: expected `int` <= 65535, found '70000'"),
        ({"workers": "0"}, "--workers: expected `int` >= 1, found '0'"),
        (
            {"full_disk": "panic"},
            "--full-disk: expected refuse or serve, found 'panic'",
        ),
        ({"stale_after_days": "-1"}, "--stale-after-days: expected `float` > 0"),
        ({"release": "/releases"}, "--release: expected a file MODEL.json"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(given, told: str):
    with pytest.raises(ConfigError) as caught:
        settings_of(given, {})

    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


def test_a_wrong_variable_is_named_as_a_variable():
    with pytest.raises(ConfigError, match="^HOLDFAST_WORKERS: expected `int`"):
        settings_of({}, {"HOLDFAST_WORKERS": "many"})


def test_a_worker_started_by_hand_is_told_how_it_is_done():
    with pytest.raises(ConfigError, match="python -m serving"):
        from_environment({})
