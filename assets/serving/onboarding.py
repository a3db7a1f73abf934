"""The onboarding team's page: where people leave the registration."""

from datetime import date, datetime, time, timedelta

from lakehouse.pages import Column, Figure, Page, Result, Results, Tile, funnel, lines, page, shares
from lakehouse.pages.page import shown
from lakehouse.statistics import with_shares

DAYS = 28
_LAST = "SELECT max(day) AS day FROM gold.daily_registration_funnel"
_FUNNEL = """
    WITH counted AS (
        SELECT sum(landed) AS landed, sum(began) AS began, sum(gave_sign_up) AS sign_up,
               sum(gave_details) AS details, sum(done) AS done
        FROM gold.daily_registration_funnel WHERE day > :last - INTERVAL '28 days'
    ), steps AS (
        SELECT 1 AS place, 'came' AS step, landed AS visits FROM counted
        UNION ALL SELECT 2, 'opened the registration', began FROM counted
        UNION ALL SELECT 3, 'signed up', sign_up FROM counted
        UNION ALL SELECT 4, 'gave their details', details FROM counted
        UNION ALL SELECT 5, 'were done', done FROM counted
    )
    SELECT step, visits, CAST(visits AS DOUBLE) / nullif(lag(visits) OVER (ORDER BY place), 0) AS went_on
    FROM steps ORDER BY place
"""
_STEPS = """
    WITH counted AS (
        SELECT sum(began) AS began, sum(gave_sign_up) AS sign_up, sum(gave_details) AS details,
               sum(asked_address) AS asked, sum(gave_address) AS address
        FROM gold.daily_registration_funnel WHERE day > :last - INTERVAL '28 days'
    ), steps AS (
        SELECT 1 AS place, 'sign up' AS step, began AS reached, began - sign_up AS gone FROM counted
        UNION ALL SELECT 2, 'details', sign_up, sign_up - details FROM counted
        UNION ALL SELECT 3, 'address', asked, asked - address FROM counted
    )
    SELECT step, reached, gone FROM steps ORDER BY place
"""
_WEEKS = """
    SELECT CAST(date_bin(INTERVAL '7 days', day, :after) AS DATE) AS week,
           sum(landed) AS visits, sum(began) AS began, sum(done) AS done, CAST(sum(began) AS DOUBLE) /
           sum(landed) AS begin, CAST(sum(done) AS DOUBLE) / sum(landed) AS register
    FROM gold.daily_registration_funnel WHERE day > :last - INTERVAL '182 days'
    GROUP BY week ORDER BY week
"""
_DEVICES = """
    SELECT device, sum(began) AS began, sum(done) AS done, CAST(sum(done) AS DOUBLE) / sum(began) AS share
    FROM gold.daily_registration_funnel WHERE day > :last - INTERVAL '28 days'
    GROUP BY device HAVING sum(began) > 0 ORDER BY began DESC
"""


@page(
    title="Onboarding",
    team="onboarding",
    owner="team:onboarding",
    reads=["daily_registration_funnel"],
    position=10,
)
def onboarding(results: Results) -> Page:
    """Who comes, who begins to register, and at which step they leave."""
    last = results(_LAST).row["day"]
    if last is None:
        return Page(finding="Nobody unknown has visited the shop yet")
    way, left = results(_FUNNEL, last=last), results(_STEPS, last=last)
    weeks = results(_WEEKS, last=last, after=datetime.combine(last + timedelta(days=1), time()))
    figures = (
        leaving(left, way.rows[-1]["visits"]),
        furthest(way, last),
        by_week(weeks),
        by_device(results(_DEVICES, last=last)),
    )
    came, done = way.rows[0]["visits"], way.rows[-1]["visits"]
    return Page(
        finding=figures[0].finding,
        tiles=(
            Tile(f"Registrations, {DAYS} days", f"{done:,}", f"of {came:,} visits of people unknown"),
            Tile(
                "Of those who began",
                shown(done / way.rows[1]["visits"] if way.rows[1]["visits"] else None, "share"),
            ),
        ),
        figures=figures,
    )


def leaving(left: Result, done: int) -> Figure:
    """At which step of the registration people leave."""
    reached = with_shares([row for row in left.rows if row["reached"]], "gone", "reached")
    finding = "Nobody has begun to register"
    if reached:
        worst = max(reached, key=lambda row: row["share"])
        finding = (
            f"Most leave the registration at the step {worst['step']}: {shown(worst['share'], 'share')} of "
            f"those who reach it, {worst['gone']:,} against {done:,} who registered"
        )
    return Figure(
        finding=finding,
        of=left,
        chart=shares(reached, "step", cases="reached"),
        columns={"step": "step", "reached": "visits that reached it", "gone": "left at it"},
        definition=f"Visits of the last {DAYS} days in which the step before was completed, and of these the "
        "share in which this one was not; intervals of 95 % (Wilson). Who was let through without the "
        "address step was not asked for it.",
        limits="Who leaves at a step might have left at the next one without it: only a test that removes "
        "the step shows what removing it brings.",
    )


def furthest(way: Result, last: date) -> Figure:
    """The whole way, from coming to being registered."""
    came, done = way.rows[0]["visits"], way.rows[-1]["visits"]
    return Figure(
        finding=f"Of {came:,} visits of people unknown {done:,} end with a registration: "
        f"{shown(done / came, 'share')}",
        of=way,
        chart=funnel(way.rows, "step", "visits", unit="visits", kept="went_on"),
        columns={"step": "step", "visits": "visits", "went_on": Column("of the step before", "share")},
        definition=f"Visits in the {DAYS} days up to {last} of people who were not signed in, or who "
        "registered in them; bots left out. Done is done, with or without the address.",
        limits="Customers who look around without signing in, on a browser where they never did, count as "
        "unknown.",
    )


def by_week(weeks: Result) -> Figure:
    """Beginning and completing the registration, week by week."""
    latest = weeks.rows[-1]
    drawn = [
        {"week": row["week"], "share": row[name], "of_visits": label}
        for name, label in (("begin", "begin"), ("register", "register"))
        for row in weeks.rows
    ]
    return Figure(
        finding=f"In the latest week {shown(latest['begin'], 'share')} of the visits began to register, "
        f"{shown(latest['register'], 'share')} finished",
        of=weeks,
        chart=lines(drawn, "week", "share", unit="share of visits", series="of_visits"),
        columns={
            "week": "week from",
            "visits": "visits of people unknown",
            "began": "began",
            "done": "registered",
            "begin": Column("began", "share"),
            "register": Column("registered", "share"),
        },
        definition="Weeks of seven days that end with the newest day in the table.",
        limits="A rise after a launch is not the launch's alone: season and campaigns are in it.",
    )


def by_device(devices: Result) -> Figure:
    """Who finishes what they begin, by device."""
    drawn = with_shares(devices.rows, "done", "began")
    finding = "Nobody has begun to register"
    if drawn:
        best, worst = (pick(drawn, key=lambda row: row["share"]) for pick in (max, min))
        finding = f"Of those who begin, {shown(worst['share'], 'share')} finish on a {worst['device']}"
        if best is not worst:
            finding += f", {shown(best['share'], 'share')} on a {best['device']}"
    return Figure(
        finding=finding,
        of=devices,
        chart=shares(drawn, "device", cases="began"),
        columns={
            "device": "device",
            "began": "began",
            "done": "registered",
            "share": Column("finished", "share"),
        },
        definition=f"Registrations done per registration opened, by visit, in the last {DAYS} days; "
        "intervals of 95 % (Wilson).",
        limits="Differences within the intervals are no differences.",
    )
