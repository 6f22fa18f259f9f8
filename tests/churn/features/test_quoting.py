from churn.features.engine import DUCKDB
from churn.features.quoting import quote


def test_a_name_with_quotes_and_blanks_stays_one_name():
    name = 'a "b" ; DROP'

    answer = DUCKDB.run(f"SELECT 1 AS {quote(name)}", {})

    assert answer.columns == [name]
