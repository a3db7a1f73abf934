"""Change capture: every committed change of a PostgreSQL database, in order, as loads in the bucket.

Debezium's engine reads the database's log in a process of its own (:mod:`engine`); this process lands
what it sends (:mod:`rolls`) and only then lets it tell the database that it may forget. The front door
is :class:`lakehouse.capture.changes.capture.ChangeCapture`.
"""
