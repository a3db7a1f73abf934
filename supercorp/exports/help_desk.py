"""The help desk's daily export: every ticket that changed that day, whole, with all its messages so far.

Customers paste into what they write what nobody asked for: e-mail addresses, telephone numbers, order
numbers, their name. How many do is known exactly (:func:`pasted`).
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import HOUR, MINUTE, NEVER, Times, texts
from supercorp.days import day_window
from supercorp.dice import Dice
from supercorp.exports.files import ExportFile
from supercorp.exports.sentences import AGENTS, ANSWERS, OPENINGS, REPLIES, RESOLUTIONS, SUBJECTS
from supercorp.rows import email, full_name, telephone
from supercorp.tickets import TICKET_CATEGORIES
from supercorp.world import World

__all__ = ["PASTED", "answered", "pasted", "ticket_export", "tickets_changed"]

PASTED = ("email", "phone", "order_number", "name")
_ANSWERED_AFTER = 20 * HOUR


def ticket_export(world: World, day: date) -> ExportFile:
    """The tickets that changed on a day: JSON, one a line, by id."""
    lines = [json.dumps(each, ensure_ascii=False) for each in tickets_changed(world, *day_window(day))]
    text = "".join(f"{line}\n" for line in lines)
    return ExportFile(f"help_desk/tickets/{day.isoformat()}.jsonl", text.encode())


def tickets_changed(world: World, start: int, end: int) -> Iterator[dict[str, Any]]:
    """The tickets with a message between ``start`` and ``end``, as they are at ``end``."""
    tickets = world.tickets
    answer = answered(world)
    changed = np.zeros(len(tickets), dtype=bool)
    for times in (tickets.opened, tickets.first_reply, answer, tickets.resolved):
        changed |= (times >= start) & (times < end)
    chosen = np.flatnonzero(changed)
    wrote = {kind: pasted(world, kind)[chosen].tolist() for kind in PASTED}
    for place, ticket in enumerate(chosen.tolist()):
        kinds = {kind for kind in PASTED if wrote[kind][place]}
        yield _ticket(world, ticket, int(answer[ticket]), end, kinds)


def pasted(world: World, kind: str) -> NDArray[np.bool_]:
    """Per ticket, whether its first message holds personal data of a kind of :data:`PASTED`."""
    tickets, share = world.tickets, world.operations.parameters.help_desk[kind]
    every = np.arange(len(tickets))
    has = tickets.order >= 0 if kind == "order_number" else True
    return Dice(world.seed).happens(f"help_desk.{kind}", share, every) & has


def answered(world: World) -> Times:
    """When the customer writes again, between first reply and resolution; ``NEVER`` for most easy tickets."""
    tickets, dice = world.tickets, Dice(world.seed)
    every, rules = np.arange(len(tickets)), world.operations.parameters.help_desk
    chance = np.where(tickets.easy, rules["answers_if_easy"], rules["answers_if_hard"])
    again = dice.happens("help_desk.answers", chance, every) & (tickets.first_reply != NEVER)
    reply = np.where(again, tickets.first_reply, 0)
    until = np.where(tickets.resolved == NEVER, reply + _ANSWERED_AFTER, tickets.resolved)
    share = 0.1 + 0.8 * dice.uniform("help_desk.answered", every)
    return np.where(again, reply + ((until - reply) * share).astype(np.int64), NEVER)


def _ticket(world: World, ticket: int, answer: int, end: int, kinds: set[str]) -> dict[str, Any]:
    tickets = world.tickets
    customer, order = int(tickets.customer[ticket]), int(tickets.order[ticket])
    opened, reply, resolved = (
        int(times[ticket]) for times in (tickets.opened, tickets.first_reply, tickets.resolved)
    )
    said = _messages(world, ticket, kinds)
    moments = [moment for moment in (opened, reply, answer, resolved) if moment < end]
    category = TICKET_CATEGORIES[tickets.category[ticket]]
    address = email(world, customer, changed=bool(world.shoppers.email_changed[customer] <= opened))
    return {
        "id": ticket + 1,
        "subject": SUBJECTS[category],
        "category": category,
        "status": "solved" if resolved < end else "pending" if reply < end else "new",
        "requester": {"customer_id": customer + 1, "name": full_name(world, customer), "email": address},
        "order_id": order + 1 if order >= 0 else None,
        "created_at": _text(opened),
        "updated_at": _text(max(moments)),
        "solved_at": _text(resolved) if resolved < end else None,
        "minutes_to_first_reply": (reply - opened) // MINUTE if reply < end else None,
        "minutes_to_resolution": (resolved - opened) // MINUTE if resolved < end else None,
        "messages": [
            {"at": _text(moment), "author": author, "text": text}
            for moment, (author, text) in sorted(
                zip((opened, reply, answer, resolved), said, strict=True), key=lambda each: each[0]
            )
            if moment < end
        ],
    }


def _messages(world: World, ticket: int, kinds: set[str]) -> list[tuple[str, str]]:
    """Author and text of the four messages that a ticket can have."""
    tickets, dice = world.tickets, Dice(world.seed)
    customer = int(tickets.customer[ticket])
    category = TICKET_CATEGORIES[tickets.category[ticket]]
    throws = (dice.bits("help_desk.words", ticket, np.arange(5)) >> np.uint64(40)).tolist()

    def one_of(sentences: tuple[str, ...], throw: int) -> str:
        return sentences[int(throws[throw]) % len(sentences)]

    opening = [one_of(OPENINGS[category], 0)]
    if "order_number" in kinds:
        opening.append(f"It is about order {tickets.order[ticket] + 1}.")
    if "email" in kinds:
        changed = bool(world.shoppers.email_changed[customer] <= tickets.opened[ticket])
        opening.append(f"Please write to {email(world, customer, changed=changed)}.")
    if "phone" in kinds:
        opening.append(f"You can call me at {telephone(world, customer)}.")
    if "name" in kinds:
        opening.append(f"Kind regards, {full_name(world, customer)}")
    agent = f"agent:{one_of(AGENTS, 1)}"
    return [
        ("customer", " ".join(opening)),
        (agent, one_of(REPLIES, 2)),
        ("customer", one_of(ANSWERS, 3)),
        (agent, one_of(RESOLUTIONS, 4)),
    ]


def _text(moment: int) -> str:
    return texts(np.asarray([moment]))[0]
