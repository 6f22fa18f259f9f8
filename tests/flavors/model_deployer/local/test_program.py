import pytest

from flavors.model_deployer.local.program import fingerprint

COMMAND = ("/env/bin/python", "-m", "serving", "--port", "8080")


@pytest.fixture
def code(tmp_path):
    """A checkout with a server in it."""
    for name in ("serving/app.py", "churn/scoring/bundle.py", "cli/main.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("x = 1")
    return tmp_path


def test_the_same_program_has_the_same_fingerprint(code):
    first = fingerprint(COMMAND, {"A": "1", "B": "2"}, code=code)

    assert fingerprint(COMMAND, {"B": "2", "A": "1"}, code=code) == first


@pytest.mark.parametrize("changed", ["serving/app.py", "churn/scoring/bundle.py"])
def test_source_of_the_server_counts(code, changed):
    before = fingerprint(COMMAND, {}, code=code)

    (code / changed).write_text("x = 2")

    assert fingerprint(COMMAND, {}, code=code) != before


def test_source_of_anything_else_does_not_count(code):
    before = fingerprint(COMMAND, {}, code=code)

    (code / "cli/main.py").write_text("x = 2")

    assert fingerprint(COMMAND, {}, code=code) == before


def test_options_and_addresses_count(code):
    found = {
        fingerprint(command, variables, code=code)
        for command in (COMMAND, (*COMMAND, "--workers", "2"))
        for variables in ({}, {"A": "1"}, {"A": "2"})
    }

    assert len(found) == 6


def test_a_package_of_another_version_counts(code, tmp_path):
    packages = tmp_path / "env/lib/python3.11/site-packages"
    (packages / "granian-2.8.7.dist-info").mkdir(parents=True)
    command = (str(tmp_path / "env/bin/python"), "-m", "serving")
    before = fingerprint(command, {}, code=code)

    (packages / "granian-2.8.7.dist-info").rename(packages / "granian-2.9.0.dist-info")

    assert fingerprint(command, {}, code=code) != before
