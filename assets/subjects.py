"""Whom SuperCorp's personal data is about, and by which columns it is known to be about them."""

from lakehouse.trust.subjects import Identifier, Subject

SUBJECTS = (
    Subject(
        name="customer",
        identifiers=(
            Identifier(
                "customer",
                columns=(
                    "shop_customers.id",
                    "shop_addresses.customer_id",
                    "shop_orders.customer_id",
                    "shop_experiment_assignments.customer_id",
                    "help_desk_tickets.customer_id",
                    "web_events.userId",
                ),
                called=("customer_id", "experiment_units.unit_id"),
            ),
            Identifier(
                "email",
                columns=(
                    "shop_customers.email",
                    "help_desk_tickets.requester:$.email",
                    "web_events.traits:$.email",
                ),
                through="shop_customers",
                in_texts=True,
            ),
            Identifier(
                "ticket",
                columns=("help_desk_tickets.id",),
                called=("ticket_id",),
                through="help_desk_tickets",
            ),
            # Of a browser that somebody else has signed in on, whose the other visits are cannot be told.
            Identifier(
                "browser",
                columns=("web_events.anonymousId",),
                called=("anonymous_id", "experiment_units.unit_id"),
                through="web_events",
            ),
        ),
        # Orders have to be kept for the books; without the customer they are nobody's.
        unlinked=("shop_orders.customer_id",),
        known_by=("shop_customers.full_name", "shop_customers.phone", "shop_addresses.line1"),
    ),
)
