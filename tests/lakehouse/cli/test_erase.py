"""Who is meant by a command line, before anything starts."""

import pytest

from lakehouse.cli import erase
from lakehouse.errors import ErasureError
from lakehouse.testing import small_lake
from lakehouse.trust.erasure.book import Book, Order


@pytest.mark.parametrize("args", [["--customer", "4711"], ["--customer=4711"]])
def test_a_subject_is_an_option(args):
    assert erase._person(args) == ("customer", "4711")


@pytest.mark.parametrize("args", [[], ["--customer"], ["4711"], ["--a", "--b"], ["--a", "1", "--b", "2"]])
def test_nobody_or_more_than_one_is_refused(args):
    with pytest.raises(ErasureError, match="--customer 4711"):
        erase._person(args)


def test_the_status_tells_what_was_done_and_what_is_due(tmp_path, capsys):
    lake = small_lake(tmp_path)
    book, order = Book(lake.settings), Order("ab" * 8, "reader", {"card": ["4711"]}, [], "officer", "2026")
    book.keep(order)
    book.record(order, "logically gone", done={})
    erase._tell_status(lake)
    told = capsys.readouterr().out
    assert "reader  logically gone, asked by officer" in told
    assert "reader  stopped on the way; `lakehouse erase --finish` goes on with it" in told
    assert "4711" not in told
