"""Many things at once; one that hangs or breaks is one line like any other."""

import threading
import time

from cli.doctor.examining import Hiding, examine_all
from cli.doctor.finding import Check, Denied, Finding, Remark, Unwell

SHOWN = Hiding(frozenset())


def check(where, examine):
    return Check(where, "answers", examine)


def raising(error):
    def examine():
        raise error
        yield

    return examine


def test_findings_keep_the_order_of_the_checks_and_their_remarks():
    checks = [
        check("a", lambda: time.sleep(0.05) or []),
        check("b", lambda: [Remark("old", "renew it")]),
        check("c", raising(Unwell("gone", "bring it back"))),
    ]

    assert examine_all(checks, SHOWN) == [
        Finding("a", "answers", "ok"),
        Finding("b", "answers", "note", "old", "renew it"),
        Finding("c", "answers", "problem", "gone", "bring it back"),
    ]


def test_checks_run_at_the_same_time():
    met = threading.Barrier(3, timeout=5)

    found = examine_all([check(n, lambda: "" * met.wait()) for n in "abc"], SHOWN)

    assert [finding.level for finding in found] == ["ok", "ok", "ok"]


def test_one_that_hangs_is_told_and_keeps_nobody():
    stop = threading.Event()
    checks = [check("slow", lambda: stop.wait() and []), check("fast", list)]

    slow, fast = examine_all(checks, SHOWN, limit_seconds=0.1)
    stop.set()

    assert slow.told == "no answer within 0.1 s"
    assert fast.level == "ok"


def test_a_librarys_own_error_is_one_line_and_no_crash():
    (found,) = examine_all([check("a", raising(ZeroDivisionError("x\n  y")))], SHOWN)

    assert (found.level, found.told) == ("problem", "ZeroDivisionError: x y")


def test_what_was_remarked_before_a_problem_is_told_too():
    def examine():
        yield Remark("old", "renew it")
        raise Unwell("gone", "bring it back")

    found = examine_all([check("a", examine)], SHOWN)

    assert [finding.level for finding in found] == ["note", "problem"]


def test_who_has_no_secrets_does_not_report_that_nobody_lets_it_in():
    checks = [
        check("denied", raising(Denied("wrong password", "correct it"))),
        check("gone", raising(Unwell("gone", "bring it back"))),
    ]

    denied, gone = examine_all(checks, SHOWN, is_blind=True)

    assert (denied.level, gone.level) == ("note", "problem")
    assert "not known without the secrets" in denied.told


def test_no_secret_is_shown_whoever_says_it():
    hide = Hiding(frozenset({"sesam", "sesam-street"}))

    (found,) = examine_all(
        [check("a", raising(OSError("no sesam-street, no sesam")))], hide
    )

    assert found.told == "OSError: no ***, no ***"


def test_a_library_that_is_absent_is_left_to_the_check():
    found = examine_all(
        [Check("a", "answers", list, libraries=("no_such_library",))], SHOWN
    )

    assert found[0].level == "ok"
