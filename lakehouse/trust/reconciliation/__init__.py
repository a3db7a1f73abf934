"""Whether silver is what the source is: counts and checksums per range of keys, then the keys that differ.

:mod:`~lakehouse.trust.reconciliation.pairing` finds which silver table mirrors which source table, by which
columns; :mod:`~lakehouse.trust.reconciliation.digests` says how a row becomes a number on both sides;
:mod:`~lakehouse.trust.reconciliation.sides` reads them; :mod:`~lakehouse.trust.reconciliation.comparing`
compares; :mod:`~lakehouse.trust.reconciliation.explaining` knows why a key may differ for a while, and
:mod:`~lakehouse.trust.reconciliation.feed` how far the source's changes have landed. Starts no JVM.
"""

from lakehouse.trust.reconciliation.comparing import Report, reconcile, told

__all__ = ["Report", "reconcile", "told"]
