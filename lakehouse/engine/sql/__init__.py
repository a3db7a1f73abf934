"""SQL over the whole lake without a JVM: one read-only statement, answered in a second or two.

:func:`query` takes SQL in which every table is ``layer.name`` and returns an Arrow table.
:mod:`~lakehouse.engine.sql.statement` reads the text and refuses what is not one read-only query;
:mod:`~lakehouse.engine.sql.answering` runs it on DataFusion through deltalake's ``QueryBuilder``,
which reads tables with deletion vectors; :mod:`~lakehouse.engine.sql.tables` knows the tables.
"""

from lakehouse.engine.sql.answering import Answer, answer, query

__all__ = ["Answer", "answer", "query"]
