import pytest

from registry.database import parsed

TOLD = "p@ss: w/rd%40"
POSTGRES = "postgresql+psycopg://me@host:5432/ledger"


def test_the_password_beside_the_address_is_taken_as_it_is():
    address = parsed(POSTGRES, password=TOLD)

    assert (address.username, address.password) == ("me", TOLD)
    assert "p@ss" not in str(address)


@pytest.mark.parametrize("password", [None, ""])
def test_without_one_the_address_stands_as_it_is(password):
    assert parsed(POSTGRES, password=password).password is None


def test_a_file_needs_none():
    address = parsed("sqlite:////l.db", password=TOLD)

    assert address.render_as_string(hide_password=False) == "sqlite:////l.db"
