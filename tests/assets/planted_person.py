"""A customer whose personal data stands everywhere that SuperCorp's sources can bring it, dirt included.

Another customer writes about her, from a browser of his own.
"""

import json

from lakehouse.lake import Lake
from lakehouse.testing import land, land_changes

__all__ = ["ID", "TELLING", "land_again", "land_everything"]

ID, NAME, EMAIL, PHONE = 4711, "Zerelda Quillfeather", "zerelda.q@plant.example", "+49 170 5550199"
IP, STREET, BROWSER = "203.0.113.177", "Quillfeather Lane 7", "b7a0f3d2-5f1c-4f43-9a76-0f6f3c1d4711"
TELLING = (EMAIL, "zerelda.old@plant.example", "Quillfeather", "Zerelda", "5550199", "491705550199", IP)
"""Whatever would tell her, wherever it stands."""

_AT = "2026-06-01T10:00:00.000000Z"
_TIMES = {"created_at": _AT, "updated_at": _AT}
_ZERELDA = {"email": EMAIL, "full_name": NAME, "phone": PHONE, "country": "DE", "birth_date": 7218}
_BOB = {
    "email": "bob@ray.example",
    "full_name": "Bob Ray",
    "phone": None,
    "country": "AT",
    "birth_date": None,
}
_REGISTERED = {"channel": "search", "marketing_consent": True, **_TIMES}
_BOUGHT = {"channel": "search", "coupon": None, "currency": "EUR", "shipping": "4.90", "gift": False}
_PAID = {**_BOUGHT, "total": "29.10", "placed_at": _AT, "updated_at": _AT, "status": "placed"}
_HOME = {"line1": STREET, "city": "Bergheim", "postal_code": "1709", "country": "AT", **_TIMES}
_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def _change(
    op: str, row: dict[str, object], lsn: int, before: dict[str, object] | None = None
) -> dict[str, object]:
    log = {"lsn": lsn, "sequence": json.dumps([str(lsn), str(lsn)]), "ts_us": 1_780_000_000_000_000 + lsn}
    return {"key": {"id": row["id"]}, "op": op, "before": before, "after": row, "source": log}


_OLD = {"id": ID, **_ZERELDA, **_REGISTERED, "email": "zerelda.old@plant.example"}
_NEW = {"id": ID, **_ZERELDA, **_REGISTERED}
_CHANGES = {
    "customers": [
        _change("r", _OLD, 1),
        _change("r", {"id": 2, **_BOB, **_REGISTERED}, 1),
        _change("u", _NEW, 21, before=_OLD),
        _change("u", {**_NEW, "email": NAME}, 22),  # into quarantine: no address
    ],
    "addresses": [_change("r", {"id": 1, "customer_id": ID, **_HOME}, 1)],
    "orders": [
        _change("r", {"id": 1, "customer_id": ID, "address_id": 1, **_PAID}, 1),
        _change("r", {"id": 2, "customer_id": 2, "address_id": 2, **_PAID}, 1),
        _change("u", {"id": 3, "customer_id": ID, "address_id": 1, **_PAID, "status": EMAIL}, 23),
    ],
}


def _event(number: int, user: int | None, browser: str, **more: object) -> dict[str, object]:
    query = f"?email={EMAIL.replace('@', '%40')}&tel=%2B491705550199" if browser == BROWSER else ""
    times = dict.fromkeys(("timestamp", "originalTimestamp", "sentAt", "receivedAt"), _AT)
    page = {"path": "/", "search": query, "referrer": f"https://mail.example/{query}"}
    return {
        "type": "page",
        "name": "Landing",
        "messageId": f"m-{number}",
        "userId": None if user is None else str(user),
        "anonymousId": browser,
        "source": "web",
        "context": {"ip": IP if browser == BROWSER else "198.51.100.2", "userAgent": _AGENT, "page": page},
        **times,
        **more,
    }


_EVENTS = [
    _event(1, None, BROWSER, properties={"note": f"write to {EMAIL} or {PHONE}"}),
    _event(2, ID, BROWSER, traits={"email": EMAIL, "name": NAME}, type="identify"),
    _event(3, ID, BROWSER, type="track", event="Product Added", properties={"price": EMAIL, "quantity": 1}),
    _event(4, 2, "another-browser"),
    f'{{"type": "track", "userId": "{ID}", "traits": {{"email": "{EMAIL}", "name": "{NAME}"',
]


def _ticket(number: int, customer: int, name: str, email: str, *texts: str, **more: object) -> str:
    said = [{"at": _AT, "author": "customer", "text": text} for text in texts]
    requester = {"customer_id": customer, "name": name, "email": email}
    counted = {"minutes_to_first_reply": None, "minutes_to_resolution": None, "solved_at": None}
    known = {"id": number, "subject": texts[0], "category": "payment", "status": "new", "order_id": None}
    return json.dumps({**known, "requester": requester, **counted, **_TIMES, "messages": said, **more})


_TICKETS = [
    _ticket(1, ID, NAME, EMAIL, f"It is {NAME} again, {PHONE}", f"or {EMAIL}. Zerelda"),
    _ticket(2, 2, "Bob Ray", "bob@ray.example", f"My neighbour {EMAIL} has it, call {PHONE}"),
    _ticket(3, ID, NAME, EMAIL, "Never mind", status=EMAIL),
]


def land_everything(lake: Lake) -> None:
    """Put her into the bucket by every way there is: changes, dumps that nobody reads, events, tickets."""
    for table, lines in _CHANGES.items():
        snapshot = [line for line in lines if line["op"] == "r"]
        _land_changes(lake, table, "full", 15, snapshot)
        _land_changes(lake, table, "incremental", 23, [line for line in lines if line not in snapshot])
    land(lake, "shop", "customers", [_NEW, {"id": 2, **_BOB, **_REGISTERED}], position=1, kind="full")
    land(lake, "collector", "events", _EVENTS, position=1)
    _land_tickets(lake, "2026-06-01", _TICKETS)


def land_again(lake: Lake) -> None:
    """Put in what sources still say of her after she was erased, and what is new of others."""
    _land_changes(lake, "customers", "incremental", 33, [_change("u", _NEW, 33, before=_OLD)])
    bob = (2, "Bob Ray", "bob@ray.example")
    again = [_TICKETS[0], _ticket(2, *bob, f"My neighbour {EMAIL} has it"), _ticket(4, *bob, "It came")]
    _land_tickets(lake, "2026-06-02", again)


def _land_changes(lake: Lake, table: str, kind: str, position: int, lines: list[dict[str, object]]) -> None:
    if lines:
        land_changes(lake, "shop_changes", table, lines, position=position, kind=kind)


def _land_tickets(lake: Lake, day: str, lines: list[str]) -> None:
    folder = lake.settings.bucket_dir / "help_desk" / "tickets"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{day}.jsonl").write_text("".join(f"{line}\n" for line in lines))
