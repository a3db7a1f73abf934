"""Who writes to the help desk about what, how fast it is resolved, and whom that brings back.

Two truths are planted, and one trap: a ticket resolved within the hour makes some customers buy again who
would not have, the more the larger the order (``effects.fast_tickets``); easy tickets bring customers
back however fast they are resolved; and easy tickets are resolved faster.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import DAY, HOUR, MINUTE, NEVER, Times
from supercorp.dice import Dice, Indices
from supercorp.truths import Truths

__all__ = [
    "TICKET_CATEGORIES",
    "Questions",
    "Tickets",
    "ask",
    "ask_without_order",
    "brought_back",
    "file",
    "joined_questions",
]

TICKET_CATEGORIES = ("where_is_my_order", "return_question", "wrong_item", "damaged", "payment", "account")
_WHERE, _PAYMENT, _ACCOUNT = (
    TICKET_CATEGORIES.index(name) for name in ("where_is_my_order", "payment", "account")
)


@dataclass(frozen=True, slots=True)
class Tickets:
    """One entry per ticket, by the time it was opened; the id is the position plus one.

    ``order`` is -1 where it is about none. ``category`` is a position in :data:`TICKET_CATEGORIES`;
    ``easy`` is what no field of the help desk says; it shows in whether the customer has to write again.
    ``resolved`` is ``NEVER`` for a few.
    """

    customer: Indices
    order: Indices
    opened: Times
    first_reply: Times
    resolved: Times
    category: Indices
    easy: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.opened)


@dataclass(frozen=True, slots=True)
class Questions:
    """What somebody would write to the help desk, an entry each; ``opened`` is ``NEVER`` for most orders."""

    opened: Times
    first_reply: Times
    resolved: Times
    category: Indices
    easy: NDArray[np.bool_]


def ask(
    dice: Dice, truths: Truths, visitor: Indices, number: Indices, *, placed: Times, delivered: Times
) -> Questions:
    """The question about each order, if there is one; ``number`` is the visit in which it was placed."""
    rules = truths.tickets
    names = list(rules["mix"])
    category = np.asarray([TICKET_CATEGORIES.index(name) for name in names])[
        dice.choose("ticket's category", list(rules["mix"].values()), visitor, number)
    ]
    category = np.where(delivered == NEVER, _PAYMENT, category)  # its payment failed
    early = (category == _WHERE) | (category == _PAYMENT)
    begin = np.where(early, placed + np.where(category == _WHERE, 2 * DAY, HOUR), delivered)
    wait = dice.exponential("days to the ticket", 1.2 * DAY, visitor, number).astype(np.int64) + MINUTE
    asks = dice.happens("ticket about an order", rules["per_order"], visitor, number)
    opened = np.where(asks, np.where(asks, begin, 0) + wait, NEVER)
    return _answered(dice, truths, visitor, number, opened=opened, category=category)


def ask_without_order(dice: Dice, truths: Truths, visitor: Indices, registered: Times) -> Questions:
    """The question of a customer about something else, if there is one."""
    asks = dice.happens("ticket without an order", truths.tickets["without_order"], visitor)
    wait = dice.exponential("days to the ticket", 12 * DAY, visitor).astype(np.int64) + HOUR
    category = np.full(len(visitor), _ACCOUNT)
    number = np.full(len(visitor), -1)
    opened = np.where(asks, registered + wait, NEVER)
    return _answered(dice, truths, visitor, number, opened=opened, category=category)


def brought_back(
    dice: Dice, truths: Truths, questions: Questions, *, visitor: Indices, number: Indices, cents: Indices
) -> Times:
    """When the ticket brings its customer back to buy again; ``NEVER`` if it does not.

    ``cents`` is what the order came to. Two throws, one for the easy and one for the fast: either is enough.
    """
    rules, effect = truths.tickets, truths.effects["fast_tickets"]
    solved = questions.resolved != NEVER
    resolved = np.where(solved, questions.resolved, 0)
    fast = solved & (resolved - np.where(solved, questions.opened, 0) < HOUR)
    chance = effect["adds"] + effect["adds_per_100"] * cents / 10_000
    chance = np.where(fast, np.minimum(chance, effect["at_most"]), 0.0)
    back = dice.happens("fast ticket brings back", chance, visitor, number)
    back |= questions.easy & dice.happens(
        "easy ticket brings back", rules["easy_brings_back"], visitor, number
    )
    wait = dice.exponential("days to buy again", rules["days_to_buy_again"] * DAY, visitor, number)
    moment = resolved + HOUR + np.minimum(wait, 28 * DAY).astype(np.int64)
    return np.where(back & solved, moment, NEVER)


def joined_questions(parts: list[Questions], order: Indices) -> Questions:
    """All the questions of several, in that order."""
    return Questions(
        **{
            each.name: np.concatenate([getattr(part, each.name) for part in parts])[order]
            for each in fields(Questions)
        }
    )


def file(questions: Questions, customer: Indices, order: Indices) -> Tickets:
    """The questions that were asked, as tickets in order of time."""
    asked = np.flatnonzero(questions.opened != NEVER)
    asked = asked[np.lexsort((customer[asked], questions.opened[asked]))]
    return Tickets(
        customer=customer[asked],
        order=order[asked],
        opened=questions.opened[asked],
        first_reply=questions.first_reply[asked],
        resolved=questions.resolved[asked],
        category=questions.category[asked],
        easy=questions.easy[asked],
    )


def _answered(
    dice: Dice, truths: Truths, visitor: Indices, number: Indices, *, opened: Times, category: Indices
) -> Questions:
    rules = truths.tickets
    chance = np.asarray([rules["easy"][name] for name in TICKET_CATEGORIES])[category]
    easy = dice.happens("easy ticket", chance, visitor, number)
    fast = dice.happens(
        "fast ticket", np.where(easy, rules["fast_if_easy"], rules["fast_if_hard"]), visitor, number
    )
    quick = (8 + 51 * dice.uniform("minutes to resolve", visitor, number)) * MINUTE
    slow = HOUR + dice.exponential("hours to resolve", rules["hours_if_slow"] * HOUR, visitor, number)
    takes = np.where(fast, quick, slow).astype(np.int64)
    reply = (takes * (0.1 + 0.7 * dice.uniform("first reply", visitor, number))).astype(np.int64)
    asked = opened != NEVER
    start = np.where(asked, opened, 0)
    never = dice.happens("ticket stays open", rules["unresolved"], visitor, number) | ~asked
    return Questions(
        opened=opened,
        first_reply=np.where(asked, start + reply, NEVER),
        resolved=np.where(never, NEVER, start + takes),
        category=category,
        easy=easy,
    )
