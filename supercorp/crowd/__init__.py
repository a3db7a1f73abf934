"""The people who come to the shop, and what they do there."""
