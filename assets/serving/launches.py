"""The page of launches: what every release brought, who uses it, and whether anybody can know."""

from collections.abc import Mapping
from typing import Any

from lakehouse.pages import Column, Figure, Page, Result, Results, Tile, bars, page, steps
from lakehouse.pages.intervals import intervals
from lakehouse.pages.page import shown

_READOUTS = """
    SELECT version, title, owner, released_on, metric, days, before, after, observed, season, effect,
           low, high, p_adjusted, verdict, array_to_string(taken_out, ', ') AS taken_out
    FROM gold.launch_readouts ORDER BY released_on DESC, version, metric
"""
_ADOPTION = """
    SELECT version, title, owner, feature, tracked_by, visitors, users, adoption, planned_adoption, verdict
    FROM gold.feature_adoption WHERE feature IS NOT NULL ORDER BY released_at DESC
"""
_GAPS = """
    SELECT event, verdict, since_release, string_agg(property, ', ' ORDER BY property) AS properties, feature,
           max(messages) AS messages, max(with_property) AS with_property, max(last_kept) AS last_kept,
           call, sent_by
    FROM gold.tracking_gaps WHERE verdict IN ('never arrives', 'stopped arriving')
    GROUP BY event, call, sent_by, feature, since_release, verdict ORDER BY verdict, event
"""
_PLANNED = "SELECT count(*) AS promised FROM gold.tracking_gaps WHERE verdict <> 'nothing to judge'"
PLANNED = ("adoption", "planned_adoption")
SURE = frozenset({"rose", "fell"})


@page(
    title="Launches",
    team="product",
    owner="team:platform",
    reads=["launch_readouts", "feature_adoption", "tracking_gaps"],
    position=28,
)
def launches(results: Results) -> Page:
    """What each release changed, whether it is used, and what nobody can see of it."""
    read, adoption = results(_READOUTS), results(_ADOPTION)
    if not read:
        return Page(finding="Nothing has been released yet")
    gaps = missing(results(_GAPS), results(_PLANNED).row["promised"])
    figures = [changes(read), *splits(read), used(adoption), gaps] if adoption else [changes(read), gaps]
    verdicts = [row["verdict"] for row in read.rows]
    unseen = sum(row["verdict"] == "never seen" for row in adoption.rows)
    return Page(
        finding=figures[0].finding,
        tiles=(
            Tile(
                "Readings that moved", f"{sum(each in SURE for each in verdicts):,}", f"of {len(verdicts):,}"
            ),
            Tile("Too early", f"{verdicts.count('too early'):,}", "readings"),
            Tile("Features never seen", f"{unseen:,}", "in the events", not unseen),
        ),
        figures=tuple(figures),
    )


def changes(read: Result) -> Figure:
    """Every release's effect on what it should change."""
    moved = [row for row in read.rows if row["verdict"] in SURE]
    drawn = [
        {**row, "of": f"{row['version']}, {row['metric']}"} for row in read.rows if row["effect"] is not None
    ]
    early = sum(row["verdict"] == "too early" for row in read.rows)
    finding = "; ".join(said(row) for row in moved) or (
        f"No release can be told to have changed anything; too early or too short for {early:,} of "
        f"{len(read.rows):,} readings"
    )
    return Figure(
        finding=finding,
        of=read,
        chart=intervals(drawn, "of", "effect", low="low", high="high", title="change that is the release's")
        if drawn
        else None,
        columns={
            "version": "release",
            "title": "what",
            "released_on": "on",
            "metric": "metric",
            "days": "days either side",
            "before": "a day before",
            "after": "after",
            "observed": Column("observed", "change"),
            "season": Column("season and all else", "change"),
            "effect": Column("the release", "change"),
            "low": Column("at least", "change"),
            "high": Column("at most", "change"),
            "verdict": "verdict",
            "taken_out": "also taken out",
        },
        definition="A regression on the days from eight weeks before to four after: a step at the release; a "
        "linear trend, weekdays, who came from where, and other releases and tests of those days are taken "
        "out. Intervals of 95 % that allow for neighbouring days being alike. Verdicts are for all readings "
        "together (Benjamini and Hochberg).",
        limits="Nothing was drawn by lot: whatever else happened on the day of a release, such as a mailing, "
        "a holiday or a competitor's sale, is taken for the release's. A change that grows slowly looks like "
        "a trend, and a year's season cannot be known from less than two years. Only a test can show more.",
    )


def said(row: Mapping[str, Any]) -> str:
    """A release that moved something, in words."""
    low, high = (shown(row[name], "change") for name in ("low", "high"))
    return (
        f"{row['version']} ({row['title']}): {row['metric']} {row['verdict']}, "
        f"{shown(row['effect'], 'change')} ({low} to {high})"
    )


def splits(read: Result) -> tuple[Figure, ...]:
    """What was seen after launches that registrations are read for: how much season, how much launch."""
    rows = [row for row in read.rows if row["metric"] == "registrations" and row["effect"] is not None]
    if not rows:
        return ()
    grown = max(rows, key=lambda row: abs(row["observed"]))
    low, high = (shown(grown[name], "change") for name in ("low", "high"))
    drawn = [
        {"part": f"{row['version']} {words}", "change": row[name]}
        for row in rows
        for name, words in (("observed", "seen"), ("season", "season, traffic"), ("effect", "the release"))
    ]
    return (
        Figure(
            finding=f"{grown['title']}: of the {shown(grown['observed'], 'change')} in registrations, "
            f"{shown(grown['season'], 'change')} are season and all else, {shown(grown['effect'], 'change')} "
            f"the release's ({low} to {high})",
            of=read,
            chart=steps(drawn, "part", "change", unit="share"),
            columns={
                "version": "release",
                "title": "what",
                "metric": "metric",
                "observed": Column("seen", "change"),
                "season": Column("season and all else", "change"),
                "effect": Column("the release", "change"),
                "low": Column("at least", "change"),
                "high": Column("at most", "change"),
            },
            definition="Seen: the mean of the days after over that of as many before. The release's part is "
            "the effect above; season and all else is the rest, so that the two multiply to what was seen.",
            limits="Where the interval holds none, the launch may have done nothing at all.",
        ),
    )


def used(adoption: Result) -> Figure:
    """Whether anybody uses what was released."""
    unseen = [row for row in adoption.rows if row["verdict"] == "never seen"]
    unplanned = [row for row in adoption.rows if row["verdict"] == "no event planned"]
    drawn = [row for row in adoption.rows if row["adoption"] is not None]
    if unseen:
        names = "; ".join(f"{row['title']} ({row['tracked_by']})" for row in unseen)
        finding = f"Nobody can say whether it is used, since its event has never come: {names}"
    elif drawn:
        best = max(drawn, key=lambda row: row["adoption"])
        finding = f"{best['title']} is used most: {shown(best['adoption'], 'share')} of those who could"
    else:
        finding = "No feature's use can be seen in the events"
    short = [
        f"{row['title']} by {' of planned '.join(shown(row[name], 'share') for name in PLANNED)}"
        for row in drawn
        if row["planned_adoption"] and row["adoption"] < row["planned_adoption"]
    ]
    return Figure(
        finding="; ".join([finding, *short]),
        of=adoption,
        chart=bars(drawn, "title", "adoption", unit="share", cases="visitors") if drawn else None,
        columns={
            "version": "release",
            "title": "what",
            "owner": "owner",
            "tracked_by": "event promised",
            "visitors": "browsers that could",
            "users": "that used it",
            "adoption": Column("adoption", "share"),
            "planned_adoption": Column("planned", "share"),
            "verdict": "seen",
        },
        definition="Browsers that sent the event promised for the feature since its release, of all that "
        "came since; where the event has a property of the feature's name, those that sent it as true, of "
        f"those that sent the event. Without a promised event: {len(unplanned):,} features.",
        limits="Used is not liked, and a browser is not a person.",
    )


def missing(gaps: Result, promised: int) -> Figure:
    """What the tracking plan promises and what does not arrive."""
    never = sorted({row["event"] for row in gaps.rows if row["verdict"] == "never arrives"})
    stopped = sorted(
        {
            f"{row['properties'] or row['event']}"
            + (f" since {row['since_release']}" if row["since_release"] else "")
            for row in gaps.rows
            if row["verdict"] == "stopped arriving"
        }
    )
    parts = [f"never arrives: {', '.join(never)}"] if never else []
    parts += [f"stopped arriving: {', '.join(stopped)}"] if stopped else []
    return Figure(
        finding="Of what the tracking plan promises, " + "; ".join(parts)
        if parts
        else f"All that the tracking plan promises arrives: messages and properties, {promised:,}",
        of=gaps,
        columns={
            "event": "event",
            "verdict": "verdict",
            "since_release": "since",
            "properties": "properties",
            "feature": "feature",
            "messages": "messages in 7 days",
            "with_property": "with it",
            "last_kept": "last day kept",
            "sent_by": "sent by",
            "call": "call",
        },
        definition=f"Each of {promised:,} promised messages and properties, held against the messages of the "
        "newest seven days; a property arrives if half of its messages have it.",
        limits="That a property is there does not make it right. Traits of people do not leave bronze, so "
        "nobody checks them here.",
    )
