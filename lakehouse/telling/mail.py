"""Handing a mail to the server that the settings name. Standard library only."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from lakehouse.errors import AlertError, explain
from lakehouse.settings import Settings

__all__ = ["hand_over"]

_PATIENCE = 10.0
"""Seconds to wait for the server."""
_IMPLICIT_TLS = 465


def hand_over(settings: Settings, mail: EmailMessage) -> None:
    """Give a mail with subject, recipients and content to the server; sender, date and id are added.

    TLS from the first byte on port 465, by STARTTLS where ``smtp_starttls`` is set; certificates are
    checked wherever TLS is used. Raises what :mod:`smtplib` raises, and :class:`AlertError` where a
    server would see a password in clear.
    """
    mail["From"] = settings.mail_from
    mail["Date"] = formatdate(usegmt=True)
    mail["Message-ID"] = make_msgid(domain="lakehouse.invalid")
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
