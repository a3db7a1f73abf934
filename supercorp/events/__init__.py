"""The shop's event stream, as Segment's libraries send it: what people did, with the dirt such streams have.

Orders are told twice, by the browser and by the server, with one ``order_id``: the browser's message can be
late, or lack its ids, so the server's is the source of truth among events, and the database above both.
"""

from supercorp.events.stream import events_on, tally

__all__ = ["events_on", "tally"]
