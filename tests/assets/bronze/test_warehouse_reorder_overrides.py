import json

from assets.bronze.warehouse_reorder_overrides import warehouse_reorder_overrides
from lakehouse.capture.loads import count_rows
from lakehouse.engine.sheets import sheet_rows
from supercorp.exports.sheet import RENAMED, sheet_file, sheet_week, sheet_weeks
from supercorp.world import simulate


def test_every_column_of_every_weeks_sheet_is_one_of_the_contract(tmp_path):
    world, source = simulate("tiny", 1), warehouse_reorder_overrides.source
    named, totals = set(), 0
    for day in sheet_weeks(world, world.first_day, world.last_day):
        week, path = sheet_week(world, day), tmp_path / f"{day}.xlsx"
        path.write_bytes(sheet_file(world, day).content)

        rows = list(sheet_rows(path, source.sheet, source.header))

        found = count_rows(path, source.sheet, source.header)
        assert (found.lines, found.complete) == (len(rows), True)
        assert len(rows) == len(week.overrides) + week.total_row
        records = [json.loads(record) for _, _, record, _ in rows]
        assert [record["sku"] is None for record in records].count(True) == week.total_row
        totals += week.total_row
        named |= {name for record in records for name in record}
    assert named == set(warehouse_reorder_overrides.spec.column_names)
    assert totals == 2
    assert RENAMED == ("Reorder point", "ROP (new!)")
