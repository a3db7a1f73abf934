"""A dataset's first draft, made from data that is there: its file and its test.

:mod:`~lakehouse.scaffold.profile` looks at a table or at files in the bucket, without a JVM;
:mod:`~lakehouse.scaffold.proposal` turns what it saw into columns of a contract;
:mod:`~lakehouse.scaffold.drafts` chooses write mode and transformation;
:mod:`~lakehouse.scaffold.files` writes the two files, formatted as ``ruff format`` would.
"""

from lakehouse.scaffold.files import Scaffolded, scaffold

__all__ = ["Scaffolded", "scaffold"]
