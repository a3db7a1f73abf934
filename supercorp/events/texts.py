"""From messages to text: one line of JSON each, put together from parts that many lines share."""

import numpy as np
from numpy.typing import NDArray

from supercorp.clock import SECOND, Times
from supercorp.events.context import Contexts, Sender, uuids
from supercorp.events.disorder import Arrivals
from supercorp.events.kinds import CALLS, SHOP, Kind
from supercorp.events.properties import Properties
from supercorp.events.traffic import Traffic
from supercorp.world import World

__all__ = ["Writer"]

_CALLS = [CALLS[kind] for kind in Kind]
_LANDING = int(Kind.LANDING)
_OF_PRODUCTS = (int(Kind.VIEWED), int(Kind.ADDED))
_TITLES = {
    "": "",
    "/": "SuperCorp",
    "/sign-in": "Sign in",
    "/products": "Products",
    "/products/{}": "Product",
    "/sign-up": "Sign up",
    "/sign-up/done": "Welcome",
    "/cart": "Cart",
    "/checkout": "Checkout",
    "/checkout/confirmation": "Thank you",
}


class Writer:
    """Writes lines for one company."""

    def __init__(self, world: World) -> None:
        """Prepare what all lines share."""
        self._world = world
        self._contexts = Contexts(world)
        self._properties = Properties(world)
        self._pages = [_page(_TITLES[call.path], call.path) for call in _CALLS]
        self._product_pages = {
            sku[-5:]: _page("Product", f"/products/{sku.lower()}") for sku in self._properties.goods.skus
        }

    def lines(self, traffic: Traffic, arrivals: Arrivals) -> list[bytes]:
        """The lines of the arrivals, in their order."""
        if not len(arrivals):
            return []
        messages, visits, dice = arrivals.messages, traffic.visits, self._world.setting.dice
        rows, sender = np.unique(messages.visit, return_inverse=True)
        senders = self._contexts.of(traffic, rows)
        item = messages.kind * np.int64(64) + messages.item
        who, number = visits.visitor[messages.visit], visits.number[messages.visit]
        ids = uuids(
            dice.bits("message id", who, number, item), dice.bits("message id, too", who, number, item)
        )
        left = np.maximum(arrivals.received - SECOND // 25, messages.at)
        texts = [
            self._line(kind, senders[whose], inner, id_, user=known, times=(at, sent))
            for kind, id_, whose, known, at, sent, inner in zip(
                messages.kind.tolist(),
                ids,
                sender.tolist(),
                messages.known.tolist(),
                _stamps(messages.at + arrivals.clock),
                _stamps(left + arrivals.clock),
                self._properties.of(traffic, messages),
                strict=True,
            )
        ]
        self._soil(texts, traffic, arrivals)
        return [text.encode() for text in texts]

    def _line(
        self, kind: int, sender: Sender, inner: str, id_: str, *, user: bool, times: tuple[str, str]
    ) -> str:
        """One line. ``user``: whether the sender knows whose it is; ``times``: when it happened, was sent."""
        call, (at, sent) = _CALLS[kind], times
        stamps = f'"timestamp":"{at}Z","originalTimestamp":"{at}Z","sentAt":"{sent}Z"'
        if call.by_server:
            return (
                f'{{"type":"track","event":"{call.name}","messageId":"{id_}","userId":{sender.user},'
                f'"anonymousId":{sender.anonymous},{stamps},"properties":{{{inner}}},'
                f"{Contexts.SERVER}}}"
            )
        if kind == _LANDING:
            page = _page("Landing", sender.landing, sender.search, sender.referrer)
        elif kind in _OF_PRODUCTS:
            page = self._product_pages[inner.partition("SKU-")[2][:5]]
        else:
            page = self._pages[kind]
        known = sender.user if user else "null"
        head = f'"messageId":"ajs-next-{id_}","userId":{known},"anonymousId":{sender.anonymous},{stamps}'
        tail = f'{sender.context}"page":{page}}}}}'
        if call.type == "track":
            return f'{{"type":"track","event":"{call.name}",{head},"properties":{{{inner}}},{tail}'
        if call.type == "page":
            return f'{{"type":"page","name":"{call.name}",{head},"properties":{page},{tail}'
        if call.type == "identify":
            return f'{{"type":"identify",{head},"traits":{{{inner}}},{tail}'
        return f'{{"type":"alias","previousId":{sender.anonymous},{head},{tail}'

    def _soil(self, texts: list[str], traffic: Traffic, arrivals: Arrivals) -> None:
        """Spoil the lines that are to be spoiled, in place."""
        customers = self._world.customer_of[traffic.person[arrivals.messages.visit]]
        for place in np.flatnonzero(arrivals.email_in_url).tolist():
            address = self._contexts.address(int(customers[place])).replace("@", "%40")
            texts[place] = texts[place].replace("campaign=weekly", f"campaign=weekly&email={address}")
        for place in np.flatnonzero(arrivals.wrong_type).tolist():
            head, _, tail = texts[place].partition('"price":')
            texts[place] = f'{head}"price":"free"{tail[tail.index(",") :]}'
        for place in np.flatnonzero(arrivals.missing_id).tolist():
            head, _, tail = texts[place].partition('"userId":')
            texts[place] = head + tail[tail.index('"timestamp"') :]
        cut = np.flatnonzero(arrivals.truncated)
        visits, messages = traffic.visits.take(arrivals.messages.visit[cut]), arrivals.messages.take(cut)
        part = self._world.setting.dice.uniform(
            "where it breaks off", visits.visitor, visits.number, messages.kind, messages.item
        )
        for place, share in zip(cut.tolist(), part.tolist(), strict=True):
            texts[place] = texts[place][: 30 + int(share * (len(texts[place]) - 60))]


def _page(title: str, path: str, search: str = "", referrer: str = "") -> str:
    return (
        f'{{"path":"{path}","referrer":"{referrer}","search":"{search}","title":"{title}",'
        f'"url":"{SHOP}{path}{search}"}}'
    )


def _stamps(times: Times) -> NDArray[np.str_] | list[str]:
    texts: list[str] = np.datetime_as_string((times // 1000).astype("datetime64[ms]")).tolist()
    return texts
