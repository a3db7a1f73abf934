"""The help desk."""

from datetime import timedelta

from lakehouse.source_catalog import SourceSystem, SourceTable

help_desk = SourceSystem(
    name="help_desk",
    title="Help desk",
    what="where customers' tickets are answered.",
    where="An export dropped every night under `help_desk/`.",
    owner="team:support",
    tables=(
        SourceTable(
            name="tickets",
            holds="A ticket that changed that day, whole, with its messages so far.",
            format="JSON lines",
            taken="a file a day",
            every=timedelta(days=1),
            history="from the opening",
            per_day=70,
            personal=("requester", "subject", "messages", "conversation"),
            note="Customers paste e-mail addresses, telephone and order numbers and names into the text."
            " Tickets of forgotten customers are not deleted by the system.",
        ),
    ),
)
