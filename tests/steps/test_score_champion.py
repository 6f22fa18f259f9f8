"""A successor can be trained, and signed, although the champion never was."""

import steps.score_champion
from churn.scoring.keys import key_pair
from tests.ledger_histories import MODEL, History, stored_bundle
from tests.snapshot_rows import FEATURES, bundle, windows


class Invented:
    """A data set of which only the features are asked for."""

    features = FEATURES


def test_an_unsigned_champion_is_scored_where_keys_were_turned_on_since(
    tmp_path, monkeypatch
):
    (tmp_path / "ours.pub.pem").write_bytes(key_pair()[1])
    url = f"sqlite:///{tmp_path}/ledger.db"
    monkeypatch.setenv("HOLDFAST_LEDGER_URL", url)
    monkeypatch.setenv("HOLDFAST_TRUSTED_KEYS", str(tmp_path / "ours.pub.pem"))
    monkeypatch.setattr(steps.score_champion, "model_name", lambda: MODEL)
    monkeypatch.setattr(steps.score_champion, "load", lambda _name: Invented)
    history = History()
    history.lineages[1] = stored_bundle(bundle(), tmp_path / "bundle")
    history.trained(1, "promoted").write(url)
    split = windows(50)

    champion = steps.score_champion.score_champion.entrypoint("invented", split)

    assert champion.version == "1"
    assert len(champion.probability) == len(split.test)
