"""Both ways of the benchmark score the same customers alike."""

import re
import sys

import pytest

from benchmarks.batch import main


@pytest.mark.long
def test_both_ways_agree_on_every_probability(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmarks.batch", "2000"])

    main()

    told = capsys.readouterr().out
    assert told.startswith("2,000 customers, reasons for 5%: ours ")
    assert float(re.search(r"at most (\S+)$", told.strip())[1]) < 1e-6
