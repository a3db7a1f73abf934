"""The tracking plan, as data: which messages the front end and the server should send, and what they say.

What the plan promises and what arrives differ: ``Product Added to Wishlist`` was never built in, and since
the release of ``renamed_property`` product events say ``productId`` where the plan still has ``product_id``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = ["TRACKING_PLAN", "Planned", "plan_entries"]

_PRODUCT = {
    "product_id": "string",
    "name": "string",
    "category": "string",
    "price": "number",
    "quantity": "integer",
    "currency": "string",
}
_CART = {"cart_id": "string", "value": "number", "item_count": "integer", "currency": "string"}
_STEP = {"checkout_id": "string", "step": "integer", "step_name": "string"}
_ORDER = {
    "order_id": "string",
    "total": "number",
    "revenue": "number",
    "shipping": "number",
    "discount": "number",
    "currency": "string",
    "payment_method": "string",
    "products": "array",
}
_PAGE = {"path": "string", "referrer": "string", "search": "string", "title": "string", "url": "string"}


@dataclass(frozen=True, slots=True)
class Planned:
    """A message that should be sent: Segment's call, and the event's or the page's name.

    ``properties`` (of an identify: traits) must be there, ``optional`` ones may; each with its JSON type.
    ``feature`` is the one of a release that it belongs to, if any.
    """

    type: str
    name: str
    properties: dict[str, str]
    optional: dict[str, str] = field(default_factory=dict)
    sent_by: str = "browser"
    feature: str | None = None


TRACKING_PLAN: tuple[Planned, ...] = (
    Planned("page", "Landing", _PAGE, feature="start_page"),
    Planned("page", "Sign Up", _PAGE),
    Planned("page", "Order Confirmation", _PAGE),
    Planned("page", "Checkout", _PAGE),
    Planned("page", "Cart", _PAGE),
    Planned("track", "Signed In", {"method": "string"}),
    Planned(
        "track",
        "Experiment Viewed",
        {
            "experiment_id": "string",
            "experiment_name": "string",
            "variation_id": "string",
            "variation_name": "string",
        },
    ),
    Planned("track", "Product List Viewed", {"list_id": "string", "category": "string"}),
    Planned("track", "Product Viewed", _PRODUCT),
    Planned("track", "Product Added", _PRODUCT),
    Planned("track", "Product Added to Wishlist", _PRODUCT, feature="wish_list"),
    Planned("track", "Signup Step Completed", {"step": "integer", "step_name": "string"}),
    Planned("track", "Signup Completed", {"method": "string"}),
    Planned("track", "Cart Viewed", _CART, feature="stored_cart"),
    Planned("track", "Checkout Started", _CART),
    Planned("track", "Checkout Step Viewed", _STEP),
    Planned("track", "Checkout Step Completed", _STEP),
    Planned(
        "track",
        "Payment Info Entered",
        {"checkout_id": "string", "step": "integer"},
        optional={"saved_card": "boolean"},
        feature="saved_card",
    ),
    Planned("track", "Order Completed", _ORDER, optional={"coupon": "string"}),
    Planned("track", "Order Completed", _ORDER, optional={"coupon": "string"}, sent_by="server"),
    Planned("track", "Payment Failed", {"order_id": "string", "payment_method": "string"}, sent_by="server"),
    Planned("identify", "", {"email": "string", "name": "string", "createdAt": "string"}),
    Planned("alias", "", {}),
)


def plan_entries() -> Iterator[dict[str, Any]]:
    """The plan as the teams' tool exports it: an entry per message and property.

    A message without properties has one entry, whose ``property`` is empty.
    """
    for each in TRACKING_PLAN:
        promised = {"": "none"} if not each.properties | each.optional else each.properties
        for name, kind in (promised | each.optional).items():
            yield {
                "call": each.type,
                "name": each.name,
                "sent_by": each.sent_by,
                "feature": each.feature,
                "property": name,
                "property_type": kind,
                "required": name in each.properties,
            }
