import socket
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from lakehouse.errors import AlertError
from lakehouse.lake import Lake
from lakehouse.pages import Column, Figure, Page, Tile, bars, page
from lakehouse.pages.editions import Edition, editions
from lakehouse.pages.letter import compose, send_letter

_CLIPPED_FROM = 102 * 1024  # bytes of HTML beyond which the largest mail reader cuts a letter off


@page(title="The week", team="the CEO", owner="team:growth", reads=["sales"])
def week(results):
    found = results(
        "SELECT channel, sum(revenue) AS revenue FROM gold.sales GROUP BY channel ORDER BY channel"
    )
    return Page(
        finding="Revenue rose 3 %",
        tiles=(Tile("Revenue", "€ 2,940", "+3 %", good=True),),
        figures=(
            Figure(
                finding="Search sells most",
                of=found,
                definition="The sum of revenue.",
                columns={"channel": "channel", "revenue": Column("revenue", "EUR")},
                chart=bars(found.rows, "channel", "revenue", unit="EUR"),
            ),
        ),
    )


class Mailbox:
    def __init__(self):
        self.mails, self.answer = [], "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content, policy=default))
        return self.answer


@pytest.fixture
def mailbox(tmp_path, sales_lake):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    changed = {"smtp_host": "127.0.0.1", "smtp_port": port, "letter_to": "ceo@example.org, cfo@example.org"}
    lake = Lake(sales_lake.settings.model_copy(update=changed), sales_lake.catalog)
    with editions(lake.settings) as book:
        book.note("week 2026-W26", Edition.NEW)
    yield lake, box
    server.stop()


def test_a_letter_has_text_html_and_its_charts_inside(sales_lake):
    mail = compose(sales_lake, week, week.build(sales_lake.settings), "2026-W26")
    text, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]

    assert mail["Subject"] == "The week, 2026-W26: Revenue rose 3 %"
    for said in ("Revenue rose 3 %", "Search sells most", "The sum of revenue.", "€ 2,940", "€ 1,540"):
        assert said in text
        assert said in html
    assert len(pictures) == 1
    assert f'src="cid:{pictures[0]["Content-ID"][1:-1]}"' in html
    assert "http:" not in html
    assert "https:" not in html
    assert len(html.encode()) < _CLIPPED_FROM


def test_styles_stand_in_the_elements_for_readers_that_ignore_style_sheets(sales_lake):
    mail = compose(sales_lake, week, week.build(sales_lake.settings), "2026-W26")

    assert '<h1 style="' in mail.get_body(("html",)).get_content()


def test_an_edition_goes_out_once(mailbox):
    lake, box = mailbox

    first, second = (send_letter(lake, week, "2026-W26") for _ in range(2))

    assert (first.sent, second.sent) == (True, False)
    assert "has gone out" in second.reason
    assert len(box.mails) == 1
    assert box.mails[0]["To"] == "ceo@example.org, cfo@example.org"


def test_an_edition_that_may_have_gone_out_waits_for_a_person(mailbox):
    lake, box = mailbox
    with editions(lake.settings) as book:
        book.note("week 2026-W26", Edition.SENDING)

    held = send_letter(lake, week, "2026-W26")
    sent = send_letter(lake, week, "2026-W26", again=True)

    assert "--again" in held.reason
    assert (held.sent, sent.sent, len(box.mails)) == (False, True, 1)


def test_a_letter_that_the_server_refuses_is_sent_at_the_next_try(mailbox):
    lake, box = mailbox
    box.answer = "451 later"
    with pytest.raises(AlertError, match="was not sent"):
        send_letter(lake, week, "2026-W26")

    box.answer = "250 OK"

    assert send_letter(lake, week, "2026-W26").sent


def test_a_letter_needs_somebody_to_go_to(sales_lake):
    with pytest.raises(AlertError, match="LAKEHOUSE_LETTER_TO"):
        send_letter(sales_lake, week, "2026-W26")
