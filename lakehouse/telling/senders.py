"""The ways an alert leaves the machine: by mail and by webhook. Standard library only."""

import json
import smtplib
import ssl
import urllib.request
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from http.client import HTTPMessage
from typing import IO, Any
from urllib.parse import urlsplit

from lakehouse.errors import AlertError, explain
from lakehouse.settings import Settings

__all__ = ["Sender", "post_webhook", "send_mail", "senders"]

_PATIENCE = 10.0
"""Seconds to wait for a server."""
_IMPLICIT_TLS = 465


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
    """Send a text mail to ``alert_mail_to``; certificates are checked wherever TLS is used.

    TLS from the first byte on port 465, by STARTTLS where ``smtp_starttls`` is set. Raises what
    :mod:`smtplib` raises, and :class:`AlertError` where a server would see a password in clear.
    """
    mail = EmailMessage()
    mail["Subject"] = " ".join(subject.split())
    mail["From"] = settings.mail_from
    mail["To"] = settings.alert_mail_to
    mail["Date"] = formatdate(usegmt=True)
    mail["Message-ID"] = make_msgid(domain="lakehouse.invalid")
    mail.set_content(body)
    host, port = settings.smtp_host or "localhost", settings.smtp_port
    trust = ssl.create_default_context()
    implicit = port == _IMPLICIT_TLS
    with (
        smtplib.SMTP_SSL(host, port, timeout=_PATIENCE, context=trust)
        if implicit
        else smtplib.SMTP(host, port, timeout=_PATIENCE)
    ) as server:
        if settings.smtp_starttls and not implicit:
            server.starttls(context=trust)
        if settings.smtp_user and settings.smtp_password:
            if not (implicit or settings.smtp_starttls):
                raise AlertError(
                    explain(
                        "a password would be sent in clear",
                        where="LAKEHOUSE_SMTP_PASSWORD",
                        remedy="set LAKEHOUSE_SMTP_STARTTLS=true, or use port 465",
                    )
                )
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        server.send_message(mail)


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
