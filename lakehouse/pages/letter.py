"""A page as a letter: the weekly mail. HTML and text, charts inside, each edition sent once."""

import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid

from lakehouse.errors import AlertError, explain
from lakehouse.lake import Lake
from lakehouse.pages.declaration import Dashboard
from lakehouse.pages.editions import Edition, editions
from lakehouse.pages.health import health_of
from lakehouse.pages.html import table_of, templates
from lakehouse.pages.page import Page
from lakehouse.telling.logs import get_logger
from lakehouse.telling.mail import hand_over

__all__ = ["Letter", "compose", "send_letter"]

log = get_logger(__name__)

_CHART_WIDTH = 460
"""Pixels: what a telephone still shows legibly."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What became of a letter: ``sent`` now, or not again because this edition went out before."""

    edition: str
    subject: str
    sent: bool
    reason: str = ""


def send_letter(lake: Lake, dashboard: Dashboard, period: str, *, again: bool = False) -> Letter:
    """Send a page to ``letter_to``, once for each period (such as ``2026-W26``).

    Raises :class:`AlertError` where there is no recipient or the server does not take it: then nothing
    has gone out, and the next try sends. ``again`` sends an edition that has gone out, or may have.
    """
    settings = lake.settings
    if not settings.letter_to:
        raise AlertError(
            explain(
                "there is nobody to write to",
                where="LAKEHOUSE_LETTER_TO",
                expected="one or more addresses, parted by commas",
                remedy="set it, with LAKEHOUSE_SMTP_HOST",
            )
        )
    edition = f"{dashboard.name} {period}"
    with editions(settings) as book:
        state = book.state(edition)
        if state is not Edition.NEW and not again:
            reason = _BEFORE[state]
            log.info("letter.held", f"{edition}: {reason}")
            return Letter(edition, "", sent=False, reason=reason)
        mail = compose(lake, dashboard, dashboard.build(settings), period)
        book.note(edition, Edition.SENDING)
        try:
            hand_over(settings, mail)
        except (OSError, smtplib.SMTPException, AlertError) as error:
            if not isinstance(error, smtplib.SMTPServerDisconnected | TimeoutError):
                book.note(edition, Edition.NEW)  # refused outright: it has not gone out
            raise AlertError(
                explain("the letter was not sent", where=edition, found=f"{type(error).__name__}: {error}")
            ) from error
        book.note(edition, Edition.SENT)
    log.info("letter.sent", f"{edition} sent")
    return Letter(edition, str(mail["Subject"]), sent=True)


def compose(lake: Lake, dashboard: Dashboard, page: Page, period: str) -> EmailMessage:
    """The letter: subject, text, and HTML with its charts as pictures inside."""
    import css_inline

    tables = {table for figure in page.figures for table in figure.of.tables}
    health = health_of(lake, tables)
    charts = [(make_msgid(domain="lakehouse.invalid"), figure) for figure in page.figures]
    given = {
        "dashboard": dashboard,
        "page": page,
        "period": period,
        "figures": [
            {
                "figure": figure,
                "picture": name[1:-1] if figure.chart else "",
                "describes": figure.chart.describes if figure.chart else "",
                "table": table_of(figure),
            }
            for name, figure in charts
        ],
        "health": health,
        "as_of": min((each.as_of for each in health), default=None),
        "environment": lake.settings.environment,
    }
    mail = EmailMessage()
    mail["Subject"] = f"{dashboard.title}, {period}: {page.finding}"
    mail["To"] = lake.settings.letter_to or ""
    mail.set_content(templates().get_template("letter.txt").render(given))
    styled = css_inline.CSSInliner(load_remote_stylesheets=False).inline(
        templates().get_template("letter.html").render(given)
    )
    mail.add_alternative(styled, subtype="html")
    body = mail.get_payload()[1]  # type: ignore[index]
    for name, figure in charts:
        if figure.chart:
            picture = figure.chart.png(_CHART_WIDTH)
            body.add_related(picture, "image", "png", cid=name, disposition="inline")  # type: ignore[union-attr]
    return mail


_BEFORE = {
    Edition.SENT: "this edition has gone out",
    Edition.SENDING: "this edition may have gone out when a run was cut off; `--again` sends it",
}
