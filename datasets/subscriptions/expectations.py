"""How a model of the subscription business must answer, whoever the customer is."""

from churn.dataset import Expectation

# Halfway through the last 30 days.
JUST_NOW_DAYS = 15


def _less_of(name: str) -> dict[str, str]:
    """A quarter of the last 30 days, and so much less in the last 90."""
    recent, whole = f"{name}_30d", f"{name}_90d"
    return {recent: f"{recent} // 4", whole: f"{whole} - {recent} + {recent} // 4"}


EXPECTATIONS = (
    Expectation(
        name="payment_fails",
        meaning="A payment that failed does not make leaving less likely.",
        change={
            "payments_90d": "payments_90d + 1",
            "failed_payments_90d": "failed_payments_90d + 1",
            "failed_payments_30d": "failed_payments_30d + 1",
            "days_since_failed_payment": (
                f"LEAST(COALESCE(days_since_failed_payment, {JUST_NOW_DAYS}), "
                f"{JUST_NOW_DAYS})"
            ),
        },
        direction="never_falls",
    ),
    Expectation(
        name="price_rises",
        meaning="A tenth on the price does not make leaving less likely.",
        change={
            "price_rises_90d": "price_rises_90d + 1",
            "price_rise_cents_90d": (
                "price_rise_cents_90d + CAST(monthly_price_cents * 0.1 AS BIGINT)"
            ),
            "monthly_price_cents": (
                "monthly_price_cents + CAST(monthly_price_cents * 0.1 AS BIGINT)"
            ),
        },
        direction="never_falls",
    ),
    Expectation(
        name="waits_for_support",
        meaning="A question that nobody answers does not make leaving less likely.",
        change={
            "tickets_90d": "tickets_90d + 1",
            "open_tickets_90d": "open_tickets_90d + 1",
        },
        direction="never_falls",
    ),
    Expectation(
        name="is_locked_out",
        meaning="Two failed attempts to log in do not make leaving less likely.",
        change={
            "logins_30d": "logins_30d + 2",
            "failed_logins_30d": "failed_logins_30d + 2",
        },
        direction="never_falls",
    ),
    Expectation(
        name="uses_less",
        meaning=(
            "A quarter of last month's use does not make leaving less likely, unless "
            "the plan had been outgrown."
        ),
        change=_less_of("sessions") | _less_of("active_seconds"),
        direction="never_falls",
        where="plan <> 'basic'",
    ),
    Expectation(
        name="age_is_no_reason",
        meaning="The age group does not move the score.",
        change={
            "age_band": (
                "CASE age_band WHEN '18-29' THEN '30-44' WHEN '30-44' THEN '45-59' "
                "WHEN '45-59' THEN '60+' ELSE '18-29' END"
            )
        },
        direction="never_moves",
    ),
)
