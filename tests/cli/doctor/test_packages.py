"""What must be installed for a flavor, and which lock brings it."""

from cli.doctor.packages import NEEDS, _locked, package_checks
from tests.cli.doctor.cases import case, notes, problems
from tests.conftest import CHECKOUT

S3 = {"artifact_store": {"flavor": "s3"}}


def test_a_stack_of_this_machine_needs_nothing_more():
    assert list(package_checks(case())) == []


def test_a_package_that_is_absent_names_the_target_that_installs_it(monkeypatch):
    monkeypatch.setitem(
        NEEDS,
        ("artifact_store", "s3"),
        ("cluster", ("no-such-fs", "pytest", "nor-this")),
    )

    (told,) = problems(package_checks, case(S3))

    assert told == (
        "components.artifact_store: needs no-such-fs and nor-this, which this "
        "environment lacks; make setup-cluster"
    )


def test_another_version_than_the_locks_is_remarked_on(monkeypatch, tmp_path):
    monkeypatch.setitem(NEEDS, ("artifact_store", "s3"), ("cluster", ("pytest",)))
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "cluster.txt").write_text("pytest==1.0 \\\n  --hash\n")

    (told,) = notes(package_checks, case(S3, root=tmp_path))

    assert told.endswith(" is installed, and the lock has 1.0; make setup-cluster")


def test_a_deployer_that_only_describes_needs_no_cluster():
    def deployer(dry_run):
        given = {"flavor": "holdfast_seldon", "configuration": {"dry_run": dry_run}}
        return case({"model_deployer": given})

    assert list(package_checks(deployer(True))) == []
    assert len(list(package_checks(deployer("server")))) == 1
    assert len(list(package_checks(deployer(False)))) == 1


def test_every_package_that_is_asked_for_is_in_the_lock_that_is_named():
    for lock, packages in NEEDS.values():
        locked = _locked(CHECKOUT / "requirements" / f"{lock}.txt")

        assert set(packages) <= set(locked)
