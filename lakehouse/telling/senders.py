"""The ways an alert leaves the machine: by mail and by webhook. Standard library only."""

import json
import smtplib
import urllib.request
from email.message import EmailMessage
from http.client import HTTPMessage
from typing import IO, Any
from urllib.parse import urlsplit

from lakehouse.errors import AlertError, explain
from lakehouse.settings import Settings
from lakehouse.telling.mail import hand_over

__all__ = ["Sender", "post_webhook", "send_mail", "senders"]

_PATIENCE = 10.0
"""Seconds to wait for a server."""


class Sender:
    """One configured way out, by name: ``mail`` or ``webhook``."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._settings = settings

    def send(self, subject: str, body: str, facts: dict[str, Any]) -> None:
        """Deliver, or raise :class:`AlertError` that says why not; no message holds a secret."""
        try:
            if self.name == "mail":
                send_mail(self._settings, subject, body)
            else:
                post_webhook(self._settings, {"text": f"{subject}\n{body}", **facts})
        except (OSError, smtplib.SMTPException, ValueError) as error:
            kind = type(error).__name__
            raise AlertError(explain("not delivered", where=self.name, found=f"{kind}: {error}")) from error


def senders(settings: Settings) -> list[Sender]:
    """Every way that the settings name; none is no mistake: the log is always told."""
    named = {"mail": settings.alert_mail_to, "webhook": settings.alert_webhook}
    return [Sender(name, settings) for name, given in named.items() if given]


def send_mail(settings: Settings, subject: str, body: str) -> None:
    """Send a text mail to ``alert_mail_to``; raises as :func:`~lakehouse.telling.mail.hand_over` does."""
    mail = EmailMessage()
    mail["Subject"] = " ".join(subject.split())
    mail["To"] = settings.alert_mail_to
    mail.set_content(body)
    hand_over(settings, mail)


def post_webhook(settings: Settings, facts: dict[str, Any]) -> None:
    """POST a JSON object to ``alert_webhook``; anything but a 2xx answer raises ``OSError``."""
    url = settings.alert_webhook.get_secret_value() if settings.alert_webhook else ""
    if urlsplit(url).scheme not in ("http", "https"):
        raise AlertError(
            explain(
                "not an address that can be posted to",
                where="LAKEHOUSE_ALERT_WEBHOOK",
                expected="http(s)://…",
            )
        )
    request = urllib.request.Request(  # noqa: S310 - the scheme was checked above
        url,
        data=json.dumps(facts, ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json; charset=utf-8", "User-Agent": "lakehouse"},
        method="POST",
    )
    opener = urllib.request.build_opener(_NoRedirect)
    with opener.open(request, timeout=_PATIENCE):
        pass


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST becomes a GET without a body, which would look delivered and say nothing."""

    def redirect_request(  # noqa: PLR0917 - the parent's signature
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        del req, fp, code, msg, headers, newurl
