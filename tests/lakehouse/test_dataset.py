"""What one declaration can get wrong is one clear error that names the file and what to do."""

from datetime import timedelta

import pyspark.sql.types as T
import pytest
from pyspark.sql import DataFrame

from lakehouse import (
    Append,
    Contract,
    Field,
    Files,
    FullDumps,
    History,
    ReplaceWindow,
    Snapshot,
    UniqueKey,
    Upsert,
    bronze,
    changes,
    daily,
    gold,
    hours,
    keys,
    serving,
    silver,
    whole,
    window,
)
from lakehouse.errors import DeclarationError


class Keyed(Contract):
    """One row per loan."""

    id: T.LongType() = Field(key=True)
    day: T.DateType() = Field()


class Keyless(Contract):
    """One row per event."""

    id: T.LongType() = Field()


class Personal(Contract):
    """One row per reader."""

    id: T.LongType() = Field(key=True)
    email: T.StringType() = Field(pii="email")


def loans(desk_loans: DataFrame) -> DataFrame:
    return desk_loans


def declared(layer=silver, function=loans, **words):
    given = {"contract": Keyed, "write": Upsert(), "owner": "team:desk", "reads": {"desk_loans": changes()}}
    return layer(**given | words)(function)


def landed(**words):
    given = {"contract": Keyed, "source": Files("desk", "loans"), "owner": "team:desk"}
    return bronze(**given | words)(loans)


def test_a_dataset_is_named_after_its_function_and_stays_callable():
    dataset = declared(freshness=hours(1.5))
    assert (dataset.full_name, dataset.inputs) == ("silver.loans", ("desk_loans",))
    assert dataset.freshness == timedelta(minutes=90)
    assert dataset("a frame") == "a frame"
    assert dataset(desk_loans="a frame") == "a frame"


def test_a_dataset_knows_the_place_of_its_code():
    dataset = declared()
    assert str(dataset.file) == __file__
    assert dataset.file.read_text().splitlines()[dataset.line - 1].startswith("def loans(")


def test_a_snapshots_inputs_are_read_whole_unless_said_otherwise():
    assert declared(write=Snapshot(), reads=None).reads == {"desk_loans": whole()}
    assert declared(write=Snapshot(), reads={"desk_loans": changes()}).reads == {"desk_loans": changes()}


def test_a_key_is_unique_where_the_mode_gives_one_row_a_key():
    windows = {"write": ReplaceWindow(), "partitions": daily("day", start="2026-01-01")}
    assert declared(write=Snapshot()).batch_rules == (UniqueKey(),)
    assert declared(**windows, reads={"desk_loans": window("day")}).batch_rules == (UniqueKey(),)
    assert declared(write=Upsert()).batch_rules == (UniqueKey(),)
    assert declared(write=Upsert("id")).batch_rules == ()
    assert landed().batch_rules == ()


MISTAKES = {
    "no contract": (lambda: declared(contract=dict), "has no contract"),
    "no contract in bronze": (lambda: landed(contract=None), "has no contract"),
    "upsert without key": (lambda: declared(contract=Keyless), "Upsert needs a key"),
    "history without key": (lambda: declared(contract=Keyless, write=History("id")), "History needs a key"),
    "full dumps without key": (
        lambda: landed(contract=Keyless, source=FullDumps("desk", "loans")),
        "full dumps need a key",
    ),
    "no way of reading": (lambda: declared(reads=None), "the input desk_loans has no way of reading"),
    "a reading of nothing": (
        lambda: declared(reads={"desk_laons": changes()}),
        "not a parameter of the function; expected one of desk_loans; found desk_laons",
    ),
    "windows without partitions": (
        lambda: declared(write=ReplaceWindow(), reads={"desk_loans": window("day")}),
        "ReplaceWindow needs windows",
    ),
    "windows that nothing is read by": (
        lambda: declared(write=ReplaceWindow(), partitions=daily("day", start="2026-01-01")),
        "ReplaceWindow needs windows",
    ),
    "window elsewhere": (
        lambda: declared(reads={"desk_loans": window("day")}),
        "only ReplaceWindow reads by window(…); found Upsert",
    ),
    "pii in silver": (
        lambda: declared(contract=Personal),
        "personal data lives in bronze only; found pii on email",
    ),
    "pii in gold": (lambda: declared(gold, contract=Personal), "personal data lives in bronze only"),
    "pii in serving": (lambda: declared(serving, contract=Personal), "personal data lives in bronze only"),
    "no owner": (lambda: declared(owner=""), "the owner names nobody"),
    "an owner that is nobody": (lambda: landed(owner="the desk"), "found 'the desk'"),
    "a team without a name": (lambda: declared(owner="team:"), "the owner names nobody"),
    "unknown sequence": (lambda: declared(write=Upsert("lsn")), "sequence_by names a column"),
    "history without sequence": (lambda: declared(write=History()), "sequence_by names a column"),
    "unknown validity": (
        lambda: declared(write=History("id", valid_at="seen")),
        "valid_at names a column that the contract does not have; expected one of id, day; found 'seen'",
    ),
    "unknown partition": (
        lambda: declared(write=Append(), partitions=daily("week", start="2026-01-01")),
        "partitions names a column",
    ),
    "a first window that is none": (
        lambda: declared(write=Append(), partitions=daily("day", start="2026-13-01")),
        "not the key of a window",
    ),
    "an unknown time zone": (
        lambda: declared(
            write=Append(), partitions=daily("day", start="2026-01-01", timezone="Europe/Berlln")
        ),
        "the windows: the time zone is unknown; expected a name such as Europe/Berlin",
    ),
    "unknown key": (lambda: declared(reads={"desk_loans": keys(reader="id")}), "keys names a column"),
    "two inputs of bronze": (
        lambda: bronze(contract=Keyed, source=Files("desk", "loans"), owner="team:desk")(
            lambda one, two: one
        ),
        "a bronze function takes one frame",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_a_declaration_is_one_error_with_file_and_remedy(mistake):
    declare, said = MISTAKES[mistake]
    with pytest.raises(DeclarationError) as caught:
        declare()
    message = str(caught.value)
    assert said in message
    assert "(lakehouse/test_dataset.py:" in message
    assert "Remedy: " in message


@pytest.mark.parametrize(
    "mode", [Append(), Snapshot(), Upsert(), Upsert("id"), History("id", valid_at="day")]
)
def test_every_mode_can_be_declared(mode):
    assert declared(write=mode).mode.name == type(mode).__name__
