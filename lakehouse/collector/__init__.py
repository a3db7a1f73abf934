"""Collecting events over HTTP, as the Segment specification has it, into loads in the bucket.

A request goes through the modules in this order:

``server``     puts the parts together and serves
``exclusive``  the spool and the port, which one process alone may have
``lifespan``   starts the parts, ends them in order, tells the counts
``app``        the ASGI application: paths, answers, health and counts
``receiving``  a request's body, within ``limits``
``keys``       write keys: which key writes for which source, and how often
``bodies``     a JSON body, cut into its messages without changing a byte of them
``judging``    what is wrong with a message, as one of the ``reasons``
``messages``   the lines that are kept
``spool``      group commit: many requests share one sync to disk
``segments``   the write-ahead files that are synced
``shipping``   a full segment becomes one load in the bucket
``counts``     what was accepted, kept apart, answered and shipped

An answer of 200 means that the events are on disk. A segment becomes a load of its own name, so a
process that is killed at any moment loses none and doubles none.
"""
