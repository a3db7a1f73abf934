"""The ad platform."""

from datetime import timedelta

from lakehouse.source_catalog import SourceSystem, SourceTable

ads = SourceSystem(
    name="ads",
    title="Ad platform",
    what="where campaigns are booked and billed, letters included.",
    where="A report dropped every morning under `ads/`.",
    owner="team:growth",
    tables=(
        SourceTable(
            name="campaigns",
            holds="A campaign's impressions, clicks and spend on a day, as the report knows them.",
            format="CSV",
            taken="a file a day, with the last eight days",
            every=timedelta(days=1),
            history="from the first campaign",
            per_day=45,
            note="A day is restated: its numbers are final after three to seven days. The newest report that"
            " has a day is right about it.",
        ),
    ),
)
