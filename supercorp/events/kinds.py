"""The kinds of messages: Segment's call, the event's name, and the page it is sent from."""

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["CALLS", "SHOP", "Call", "Kind"]

SHOP = "https://shop.supercorp.example"


class Kind(IntEnum):
    """What a message tells of, in the order in which messages of the same step are sent."""

    LANDING = 0
    SIGNED_IN = 1
    IDENTIFIED = 2
    EXPOSED = 3
    LISTED = 4
    VIEWED = 5
    SIGNUP_PAGE = 6
    SIGNUP_STEP = 7
    SIGNED_UP = 8
    ALIASED = 9
    IDENTIFIED_NEW = 10
    ADDED = 11
    CART_PAGE = 12
    CART = 13
    CHECKOUT_PAGE = 14
    CHECKOUT = 15
    STEP_COMPLETED = 16
    STEP_VIEWED = 17
    PAYMENT_INFO = 18
    ORDERED = 19
    CONFIRMATION = 20
    WENT_BACK = 21
    CART_LOST = 22
    ORDERED_SERVER = 23
    PAYMENT_FAILED = 24


@dataclass(frozen=True, slots=True)
class Call:
    """``name`` is an event's or a page's. ``path`` has a place for the product's slug where it has braces."""

    type: str
    name: str
    path: str
    by_server: bool = False


CALLS: dict[Kind, Call] = {
    Kind.LANDING: Call("page", "Landing", "/"),
    Kind.SIGNED_IN: Call("track", "Signed In", "/sign-in"),
    Kind.IDENTIFIED: Call("identify", "", "/sign-in"),
    Kind.EXPOSED: Call("track", "Experiment Viewed", "/"),
    Kind.LISTED: Call("track", "Product List Viewed", "/products"),
    Kind.VIEWED: Call("track", "Product Viewed", "/products/{}"),
    Kind.SIGNUP_PAGE: Call("page", "Sign Up", "/sign-up"),
    Kind.SIGNUP_STEP: Call("track", "Signup Step Completed", "/sign-up"),
    Kind.SIGNED_UP: Call("track", "Signup Completed", "/sign-up/done"),
    Kind.ALIASED: Call("alias", "", "/sign-up/done"),
    Kind.IDENTIFIED_NEW: Call("identify", "", "/sign-up/done"),
    Kind.ADDED: Call("track", "Product Added", "/products/{}"),
    Kind.CART_PAGE: Call("page", "Cart", "/cart"),
    Kind.CART: Call("track", "Cart Viewed", "/cart"),
    Kind.CHECKOUT_PAGE: Call("page", "Checkout", "/checkout"),
    Kind.CHECKOUT: Call("track", "Checkout Started", "/checkout"),
    Kind.STEP_COMPLETED: Call("track", "Checkout Step Completed", "/checkout"),
    Kind.STEP_VIEWED: Call("track", "Checkout Step Viewed", "/checkout"),
    Kind.PAYMENT_INFO: Call("track", "Payment Info Entered", "/checkout"),
    Kind.ORDERED: Call("track", "Order Completed", "/checkout/confirmation"),
    Kind.CONFIRMATION: Call("page", "Order Confirmation", "/checkout/confirmation"),
    Kind.WENT_BACK: Call("page", "Checkout", "/checkout"),
    Kind.CART_LOST: Call("page", "Cart", "/cart"),
    Kind.ORDERED_SERVER: Call("track", "Order Completed", "", by_server=True),
    Kind.PAYMENT_FAILED: Call("track", "Payment Failed", "", by_server=True),
}
