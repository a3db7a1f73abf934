"""Erasing a person: out of the bucket and every table, and kept out by every later read.

:func:`erase` and :func:`finish` (:mod:`lakehouse.trust.erasure.erasing`) are the front door.
"""
