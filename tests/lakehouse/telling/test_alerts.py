import json
import multiprocessing
import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import trustme
from aiosmtpd.controller import Controller

from lakehouse.errors import AlertError
from lakehouse.settings import Settings
from lakehouse.telling.alerts import Alert, AlertKind, Delivery, resolve, send_alert
from lakehouse.telling.logbook import read_logs
from lakehouse.telling.logs import start_logging

ALERT = Alert(
    kind=AlertKind.CHECK_FAILED,
    subject="silver.orders: a check failed",
    dataset="silver.orders",
    owner="team:platform",
    message="12 of 100 rows broke total.ge; the table is as it was.",
    cause="total.ge",
)


class Mailbox:
    """A real SMTP server that keeps what it gets."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@contextmanager
def smtp_server(**more):
    mailbox = Mailbox()
    server = Controller(mailbox, hostname="127.0.0.1", port=free_port(), **more)
    server.start()
    try:
        yield mailbox, server.port
    finally:
        server.stop()


@contextmanager
def http_server(status=200):
    posts = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(self.server.status)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *words):
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    server.status, server.posts = status, posts
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def lake(tmp_path):
    def settings(**more):
        return Settings(project=tmp_path, _env_file=None, **more)

    return settings


def by_mail(port, **more):
    return {"smtp_host": "127.0.0.1", "smtp_port": port, "alert_mail_to": "duty@example.org", **more}


def by_hook(server):
    return {"alert_webhook": f"http://127.0.0.1:{server.server_port}/hook"}


def test_an_alert_goes_by_mail_and_webhook_and_names_the_owner(lake):
    with smtp_server() as (mailbox, port), http_server() as server:
        told = send_alert(lake(**by_mail(port), **by_hook(server)), ALERT)

    assert told == Delivery(sent=("mail", "webhook"))
    (mail,) = mailbox.mails
    assert mail["Subject"] == "[lakehouse dev] silver.orders: a check failed (team:platform)"
    assert mail["To"] == "duty@example.org"
    assert "12 of 100 rows broke total.ge" in mail.get_content()
    assert "Owner        team:platform" in mail.get_content()
    (post,) = server.posts
    assert (post["kind"], post["owner"], post["cause"]) == ("check_failed", "team:platform", "total.ge")
    assert post["text"].startswith("[lakehouse dev] silver.orders")


def test_it_is_always_in_the_log_even_where_nothing_is_configured(lake):
    with start_logging(lake(), "r-1"):
        assert send_alert(lake(), ALERT) == Delivery()
        assert send_alert(lake(), ALERT).repeated

    (line,) = read_logs(lake()).to_pylist()
    assert (line["event"], line["level"], line["dataset"]) == ("alert.check_failed", "error", "silver.orders")
    assert json.loads(line["fields"]) == {"owner": "team:platform", "cause": "total.ge"}


def test_a_thing_is_said_once_until_it_is_resolved(lake):
    with http_server() as server:
        settings = lake(**by_hook(server))
        send_alert(settings, ALERT)
        assert send_alert(settings, replace(ALERT, message="still so")) == Delivery(repeated=True)
        assert resolve(settings, AlertKind.CHECK_FAILED, "silver.orders") == 1
        assert resolve(settings, AlertKind.CHECK_FAILED, "silver.orders") == 0
        assert send_alert(settings, ALERT).sent == ("webhook",)

    assert len(server.posts) == 2


@pytest.mark.parametrize(
    "other", [{"cause": "total.le"}, {"dataset": "gold.x"}, {"kind": AlertKind.RUN_FAILED}]
)
def test_another_trouble_is_said(lake, other):
    with http_server() as server:
        settings = lake(**by_hook(server))
        send_alert(settings, ALERT)
        assert send_alert(settings, replace(ALERT, **other)).sent == ("webhook",)
        resolve(settings, AlertKind.CHECK_FAILED, "silver.elsewhere")
        assert send_alert(settings, ALERT).repeated


def test_environments_are_told_apart(lake):
    send_alert(lake(), ALERT)

    assert send_alert(lake(), ALERT).repeated
    assert not send_alert(lake(environment="prod"), ALERT).repeated


def test_what_was_not_delivered_is_tried_again_by_the_way_that_failed_only(lake):
    with smtp_server() as (mailbox, port), http_server(status=500) as server:
        settings = lake(**by_mail(port), **by_hook(server))
        first = send_alert(settings, ALERT)
        server.status = 200
        second = send_alert(settings, ALERT)
        third = send_alert(settings, ALERT)

    assert (first.sent, list(first.failed)) == (("mail",), ["webhook"])
    assert "500" in first.failed["webhook"]
    assert second == Delivery(sent=("webhook",))
    assert third.repeated
    assert len(mailbox.mails) == 1


def test_a_failed_delivery_is_logged_and_raised_only_where_asked(lake):
    settings = lake(**by_mail(free_port()))
    with start_logging(settings, "r-1"):
        assert "refused" in send_alert(settings, ALERT).failed["mail"]
        with pytest.raises(AlertError, match="mail: not delivered"):
            send_alert(settings, ALERT, strict=True)

    events = [line["event"] for line in read_logs(settings).to_pylist()]
    assert events == ["alert.check_failed", "alert.undelivered", "alert.undelivered"]


def test_a_redirect_is_no_delivery(lake):
    with http_server(status=302) as server:
        told = send_alert(lake(**by_hook(server)), ALERT)

    assert list(told.failed) == ["webhook"]
    assert len(server.posts) == 1


def test_a_webhook_must_be_http_and_its_address_is_never_told(lake):
    told = send_alert(lake(alert_webhook="file:///etc/s3cret"), ALERT)

    assert "expected http" in told.failed["webhook"]
    assert "s3cret" not in told.failed["webhook"]


def test_a_subject_cannot_smuggle_headers(lake):
    with smtp_server() as (mailbox, port):
        send_alert(lake(**by_mail(port)), replace(ALERT, subject="x\r\nBcc: eve@example.org"))

    assert mailbox.mails[0]["Bcc"] is None
    assert "Bcc: eve@example.org" in mailbox.mails[0]["Subject"]


def test_a_password_is_not_sent_in_clear(lake):
    with smtp_server() as (mailbox, port):
        told = send_alert(lake(**by_mail(port, smtp_user="u", smtp_password="p4ss")), ALERT)

    assert "in clear" in told.failed["mail"]
    assert mailbox.mails == []


def test_mail_goes_over_tls_where_the_certificate_can_be_trusted(lake, tmp_path, monkeypatch):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server_side)
    with smtp_server(tls_context=server_side, require_starttls=True) as (mailbox, port):
        settings = lake(**by_mail(port, smtp_starttls=True))
        assert "CERTIFICATE_VERIFY_FAILED" in send_alert(settings, ALERT).failed["mail"]
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        assert send_alert(settings, ALERT).sent == ("mail",)

    assert len(mailbox.mails) == 1


def _say(project, hook, told):
    settings = Settings(project=project, _env_file=None, alert_webhook=hook)
    for number in range(10):
        told.put(send_alert(settings, replace(ALERT, cause=f"rule {number}")).repeated)


def test_two_processes_say_each_thing_once_between_them(lake, tmp_path):
    start = multiprocessing.get_context("spawn")
    told = start.Queue()
    with http_server() as server:
        hook = f"http://127.0.0.1:{server.server_port}/"
        running = [start.Process(target=_say, args=(tmp_path, hook, told)) for _ in range(2)]
        for process in running:
            process.start()
        repeated = [told.get(timeout=60) for _ in range(20)]
        for process in running:
            process.join()

    assert sum(repeated) == 10
    assert sorted(post["cause"] for post in server.posts) == [f"rule {number}" for number in range(10)]


def test_a_damaged_memory_says_it_again_rather_than_never(lake):
    send_alert(lake(), ALERT)
    (lake().var_dir / "alerts" / "dev.json").write_text('{"said": [{"k')

    assert not send_alert(lake(), ALERT).repeated
    assert send_alert(lake(), ALERT).repeated
