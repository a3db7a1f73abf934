"""A library's lake to erase a reader from: Ada stands in every table, file and text of it; Bob beside her."""

import sys

import pyspark.sql.types as T
from pyspark.sql import functions as F

from lakehouse import (
    Contract,
    Field,
    Files,
    FullDumps,
    History,
    Snapshot,
    Upsert,
    bronze,
    changes,
    gold,
    silver,
    whole,
)
from lakehouse.testing import small_lake

SUBJECTS = """
from lakehouse.trust.subjects import Identifier, Subject

SUBJECTS = (
    Subject(
        name="reader",
        identifiers=(
            Identifier(
                "card",
                columns=("desk_readers.card", "desk_loans.card", "desk_letters.card"),
                called=("card",),
            ),
            Identifier(
                "email",
                columns=("desk_readers.email", "desk_letters.sender:$.email"),
                through="desk_readers",
                in_texts=True,
            ),
            Identifier(
                "letter", columns=("desk_letters.letter",), called=("letter",), through="desk_letters"
            ),
        ),
        unlinked=("desk_loans.card",),
        known_by=("desk_readers.name", "desk_readers.phone"),
    ),
)
"""


class DeskReaders(Contract):
    """One row per reader and change between two dumps."""

    card: T.LongType() = Field(key=True)
    name: T.StringType() = Field(pii="name", protect="drop")
    email: T.StringType() = Field(pii="email")
    phone: T.StringType() = Field(pii="phone", nullable=True)
    branch: T.StringType() = Field()
    born: T.DateType() = Field(pii="birth date", protect="drop", nullable=True)


class DeskLoans(Contract):
    """One row per loan and report of it."""

    loan: T.StringType() = Field(key=True)
    card: T.LongType() = Field(nullable=True)
    fine: T.DecimalType(6, 2) = Field(nullable=True)


class DeskLetters(Contract):
    """One row per letter."""

    letter: T.LongType() = Field(key=True)
    card: T.LongType() = Field(nullable=True)
    sender: T.StringType() = Field(nullable=True, pii="contact", protect="drop")
    text: T.StringType() = Field(pii="text", protect="mask")
    url: T.StringType() = Field(nullable=True)


class Readers(Contract):
    """One row per reader."""

    card: T.LongType() = Field(key=True)
    email: T.StringType() = Field(str_length=64, description="a pseudonym")
    branch: T.StringType() = Field()
    dumped: T.LongType() = Field()


class ReadersHistory(Contract):
    """One row per version of a reader."""

    card: T.LongType() = Field(key=True)
    branch: T.StringType() = Field()
    dumped: T.LongType() = Field()
    seen_at: T.TimestampType() = Field()


class Loans(Contract):
    """One row per loan."""

    loan: T.StringType() = Field(key=True)
    card: T.LongType() = Field(nullable=True)
    fine: T.DecimalType(6, 2) = Field(nullable=True, ge=0)
    reported: T.LongType() = Field()


class Letters(Contract):
    """One row per letter."""

    letter: T.LongType() = Field(key=True)
    text: T.StringType() = Field()
    url: T.StringType() = Field(nullable=True)
    came: T.LongType() = Field()


class Branches(Contract):
    """One row per branch with readers."""

    branch: T.StringType() = Field(key=True)
    readers: T.LongType() = Field(gt=0)


@bronze(contract=DeskReaders, source=FullDumps("desk", "readers"), owner="team:desk")
def desk_readers(dump):
    return dump


@bronze(contract=DeskLoans, source=Files("desk", "loans"), owner="team:desk")
def desk_loans(dump):
    return dump


@bronze(contract=DeskLetters, source=Files("desk", "letters", sparse=True), owner="team:desk")
def desk_letters(dump):
    return dump


@silver(contract=Readers, write=Upsert("dumped"), owner="team:desk", reads={"desk_readers": changes()})
def readers(desk_readers):
    return desk_readers.select("card", "email", "branch", F.col("_position").alias("dumped"), "_change")


@silver(
    contract=ReadersHistory,
    write=History("dumped", valid_at="seen_at"),
    owner="team:desk",
    reads={"desk_readers": changes()},
)
def readers_history(desk_readers):
    at = F.col("_extracted_at").alias("seen_at")
    return desk_readers.select("card", "branch", F.col("_position").alias("dumped"), at, "_change")


@silver(contract=Loans, write=Upsert("reported"), owner="team:desk", reads={"desk_loans": changes()})
def loans(desk_loans):
    return desk_loans.select("loan", "card", "fine", F.col("_position").alias("reported"))


@silver(contract=Letters, write=Upsert("came"), owner="team:desk", reads={"desk_letters": changes()})
def letters(desk_letters):
    return desk_letters.select("letter", "text", "url", F.col("_position").alias("came"))


@gold(contract=Branches, write=Snapshot(), owner="team:desk", reads={"readers": whole()})
def branches(readers):
    return readers.groupBy("branch").agg(F.count(F.lit(1)).alias("readers"))


DATASETS = (
    desk_readers,
    desk_loans,
    desk_letters,
    readers,
    readers_history,
    loans,
    letters,
    branches,
)


def library_lake(folder, name, **settings):
    """The lake in a folder, with who is in it declared in a package of that name; it stays importable."""
    package = folder / name
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "subjects.py").write_text(SUBJECTS)
    sys.path.insert(0, str(folder))
    return small_lake(folder, *DATASETS, datasets=name, **settings)


ADA = {
    "card": 4711,
    "name": "Ada Quillfeather",
    "email": "ada@quill.example",
    "phone": "+49 170 5550199",
    "branch": "north",
    "born": "1815-12-10",
}
BOB = {"card": 2, "name": "Bob Ray", "email": "bob@ray.example", "branch": "north"}
MOVED = {**ADA, "email": "Ada.Moved@quill.example", "branch": "south", "nickname": "Quillfeather, Ada"}
TOLD = ("quill.example", "Quillfeather", "5550199", "quill%40")
LOANS = [
    {"loan": "l-1", "card": 4711, "fine": "1.50"},
    {"loan": "l-2", "card": 2, "fine": "0.10"},
    {"loan": "ada@quill.example/3", "card": 4711},
    {"loan": "l-4", "card": 4711, "fine": "-3"},
    {"loan": "l-5", "card": "ada@quill.example", "fine": "2"},
    '{"loan": "l-6", "card": 4711, "note": "Ada Quillfeather tore this',
]
LETTERS = [
    {
        "letter": 1,
        "card": 4711,
        "text": "call +49 170 5550199, Ada",
        "url": "/ask?mail=ada%40quill.example&p=1",
    },
    {"letter": 2, "card": 2, "text": "my friend ada@quill.example wrote this", "url": "/"},
    {"letter": 3, "sender": {"email": "ada@quill.example"}, "text": "no card at hand", "url": "/"},
    {"letter": 4, "text": "a stranger", "url": "/?from=ADA@quill.example"},
    {"letter": 5, "card": 2, "text": "all well", "url": "/"},
]
