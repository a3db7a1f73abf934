"""The stream of events from the shop's pages and servers."""

from datetime import timedelta

from lakehouse.source_catalog import Priority, SourceSystem, SourceTable

collector = SourceSystem(
    name="collector",
    title="Event collector",
    what="the service that pages and servers send Segment messages to.",
    where="`lakehouse collector`; loads in the bucket under `collector/`, see [events](events.md).",
    owner="team:platform",
    tables=(
        SourceTable(
            name="events",
            holds="A message as it was received: a page, a track, an identify or an alias.",
            format="JSON lines",
            taken="as it happens, a load an hour",
            every=timedelta(hours=1),
            history="from the collector's start",
            per_day=10_000,
            personal=("traits", "context", "properties", "ip", "page_query", "referrer", "writeKey"),
            note="A message may come more than once, late, and with a clock that is wrong. Some URLs carry an"
            " e-mail address.",
        ),
        SourceTable(
            name="events_rejected",
            holds="What came with a known key and cannot be an event, with the reason.",
            format="JSON lines",
            taken="as it happens, a load an hour",
            every=timedelta(days=1),
            history="from the collector's start",
            per_day=10,
            personal=("body",),
            priority=Priority.NEXT,
        ),
    ),
)
