"""The tracking plan: what pages and servers should send."""

from datetime import timedelta

from lakehouse.source_catalog import SourceSystem, SourceTable

tracking = SourceSystem(
    name="tracking",
    title="Tracking plan",
    what="the list of the messages that each feature should send, kept by the teams.",
    where="An export dropped on Mondays under `tracking/`.",
    owner="team:platform",
    tables=(
        SourceTable(
            name="plan",
            holds="A property of a message that should be sent.",
            format="JSON lines",
            taken="a file a week, the whole plan",
            every=timedelta(days=7),
            history="the plan of each week",
            per_day=12,
            note="A plan, not what arrives: a feature may send nothing, or a property under another name.",
        ),
    ),
)
