"""A bronze table's account: every line of the bucket is a row, set aside, or said nothing new."""

import gzip
import json

from lakehouse.testing import land
from lakehouse.trust.conservation import account_of


def test_lines_are_rows_or_aside(strict):
    found = account_of(strict, strict.catalog["shop_orders"])

    assert (found.loads, found.lines, found.missing) == (1, 6, 0)
    assert found.rows + found.aside == 6
    assert found.aside > 0


def test_a_load_that_was_not_taken_yet_is_in_no_account(strict):
    land(strict, "shop", "orders", [{"id": 9}], position=2)
    assert account_of(strict, strict.catalog["shop_orders"]).lines == 6


def test_a_line_that_is_nowhere_is_missed(strict):
    (file,) = strict.settings.bucket_dir.glob("shop/orders/*/*.gz")
    with gzip.open(file, "ab") as lines:
        lines.write(b'{"id": 10}\n')
    manifest = file.with_name("_manifest.json")
    said = json.loads(manifest.read_text())
    said["rows"] = 7
    said["files"][0] |= {"rows": 7, "bytes": file.stat().st_size}
    manifest.write_text(json.dumps(said))

    assert account_of(strict, strict.catalog["shop_orders"]).missing == 1


def test_there_is_none_of_a_table_that_reads_tables(strict):
    assert account_of(strict, strict.catalog["orders"]) is None
