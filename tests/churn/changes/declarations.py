"""A small business, as declared."""

from dataclasses import replace

from churn.changes.declared import DeclaredDataset, DeclaredFeature, DeclaredTable

COLUMNS = {
    "customer_id": {"dtype": "String"},
    "paid_at": {"dtype": "Datetime"},
    "amount_cents": {"dtype": "Int64", "min": "0"},
    "note": {"dtype": "String"},
}
PAYMENTS = DeclaredTable(
    times={"event_time": "paid_at", "known_at": "known_at"},
    prepare="p",
    columns=COLUMNS,
    rules={"known_after": "known_at >= paid_at"},
)


def feature(
    name: str, column: str | None, *parts: str, table: str = "payments"
) -> DeclaredFeature:
    """A feature of a table's column, or of other features."""
    columns = ("paid_at",) if column is None else (column, "paid_at")
    return DeclaredFeature(
        definition={"form": "Windowed", "window_days": "90"},
        words={"unit": "cents", "meaning": name},
        query=f"query of {name}",
        parts=parts,
        reads={table: columns},
    )


SHOP = DeclaredDataset(
    population={"label": "cancels"},
    tables={"payments": PAYMENTS, "logins": replace(PAYMENTS, rules={})},
    features={
        "paid_cents": feature("paid_cents", "amount_cents"),
        "payments_90d": feature("payments_90d", None),
        "mean_cents": feature(
            "mean_cents", "amount_cents", "paid_cents", "payments_90d"
        ),
        "logins_90d": feature("logins_90d", None, table="logins"),
    },
)
OF_AMOUNT = ("paid_cents", "mean_cents")
OF_PAYMENTS = ("paid_cents", "payments_90d", "mean_cents")
EVERY = tuple(SHOP.features)


def with_table(**changed) -> DeclaredDataset:
    """The shop with another contract of its payments."""
    tables = {**SHOP.tables, "payments": replace(PAYMENTS, **changed)}
    return replace(SHOP, tables=tables)


def with_column(name: str, **properties: str) -> DeclaredDataset:
    """The shop with other properties of one column of its payments."""
    return with_table(columns={**COLUMNS, name: properties})


def with_feature(name: str, **changed) -> DeclaredDataset:
    """The shop with one feature declared otherwise."""
    features = {**SHOP.features, name: replace(SHOP.features[name], **changed)}
    return replace(SHOP, features=features)


def without_feature(name: str) -> DeclaredDataset:
    """The shop with a feature less."""
    features = {key: f for key, f in SHOP.features.items() if key != name}
    return replace(SHOP, features=features)
