"""What a run says: kept in the log, its newest line shown where there is a terminal."""

import io
import sys

from rich.console import Console

from cli.demo.runs import Newest, Runs


def drawn(console):
    return console.file.getvalue()


def test_what_is_said_is_kept_whole_and_nothing_of_it_is_printed(tmp_path):
    console = Console(file=io.StringIO())
    runs = Runs(tmp_path, tmp_path / "demo.log", console)

    for line in ("one", "two"):
        with runs.heard("training"):
            sys.stderr.write(f"{line}\n")

    assert runs.log.read_text() == "one\ntwo\n"
    assert drawn(console) == ""


def test_at_a_terminal_the_newest_line_is_shown_as_it_is(tmp_path):
    log = tmp_path / "demo.log"
    console = Console(file=io.StringIO(), force_terminal=True, width=60)
    with Runs(tmp_path, log, console).heard("training"):
        pass
    log.write_text("ä" * 3000 + "\nfit_model\t 2 s [b]\n\n")

    console.print(Newest(log, "training"))

    assert "training: fit_model 2 s [b]" in drawn(console)


def test_before_anything_is_said_the_title_alone_is_shown(tmp_path):
    log = tmp_path / "demo.log"
    log.touch()

    assert Newest(log, "training").__rich__().plain == "training"
