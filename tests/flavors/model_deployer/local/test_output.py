import pytest

from flavors.model_deployer.local import output
from flavors.model_deployer.local.output import keep_log_short, last_line


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (None, "nothing was said"),
        ("", "nothing was said"),
        ("\n \n", "nothing was said"),
        ("one\nfailed: two\n\n", "failed: two"),
        ("x" * 10_000, "x" * output.REASON_CHARACTERS),
    ],
)
def test_the_last_thing_a_server_said_is_one_short_line(tmp_path, said, told):
    log = tmp_path / "server.log"
    if said is not None:
        log.write_text(said)

    assert last_line(log) == told


def test_a_long_log_is_put_aside_and_a_short_one_is_not(tmp_path, monkeypatch):
    log = tmp_path / "server.log"
    monkeypatch.setattr(output, "MOST_LOG_BYTES", 5)
    log.write_text("12345")
    keep_log_short(log)
    assert log.exists()

    log.write_text("123456")
    keep_log_short(log)

    assert not log.exists()
    assert (tmp_path / "server.log.1").read_text() == "123456"
