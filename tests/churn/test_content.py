from churn.content import content_hash

FILES = {"a.json": b"{}", "b.parquet": b"rows"}


def test_the_order_of_files_does_not_matter():
    assert content_hash(FILES) == content_hash(dict(reversed(FILES.items())))


def test_every_name_and_every_byte_does():
    others = [
        {"a.json": b"{}", "c.parquet": b"rows"},
        {"a.json": b"{}", "b.parquet": b"rowt"},
        {"a.json": b"{}"},
        {"a.json": b"{}b.parquet:4:rows"},
    ]

    assert content_hash(FILES) not in map(content_hash, others)
