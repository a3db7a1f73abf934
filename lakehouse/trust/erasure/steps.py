"""Taking a person out of one dataset: its files in the bucket, its table, what lies beside that."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lakehouse.capture.manifest import MANIFEST, load_from_manifest
from lakehouse.dataset import Dataset
from lakehouse.engine import deltalog
from lakehouse.engine.lines import spelled_out
from lakehouse.lake import Lake
from lakehouse.sources import Files
from lakehouse.trust.erasure import bucket
from lakehouse.trust.erasure.lines import TouchedLine, touched_lines
from lakehouse.trust.erasure.matching import Wanted
from lakehouse.trust.erasure.places import Columns
from lakehouse.trust.erasure.reach import systems_of
from lakehouse.trust.erasure.tables import Scrubbed, record_of, scrub, scrub_quarantine
from lakehouse.writing.envelopes import changes_in
from lakehouse.writing.feeds import holds_changes
from lakehouse.writing.loads import about, lines_in, rows_of

__all__ = ["Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One dataset's part of an erasure. Needs the table's lock, and a table that is in order."""

    lake: Lake
    spark: SparkSession
    dataset: Dataset
    columns: Columns
    wanted: Wanted
    run: str

    def take_out(self) -> Iterator[tuple[str, dict[str, int]]]:
        """Do it; gives each place as it is done, with its counts."""
        lake, dataset, beside = self.lake, self.dataset, f"erasure in run {self.run}"
        if dataset.source:
            touched = self._out_of_bucket(dataset.source)
            gone = sum(each.line is None for each in touched)
            counts = {"lines_erased": gone, "lines_edited": len(touched) - gone}
            yield f"bucket {dataset.source.name}", counts
        table, aside, tombstones = lake.table(dataset), lake.quarantine(dataset), lake.tombstones(dataset)
        if deltalog.exists(table):
            mark = partial(record_of, lake, dataset, self.run)
            yield dataset.full_name, _counts(scrub(self.spark, table, self.wanted, self.columns, mark))
        if deltalog.exists(aside):
            done = scrub_quarantine(self.spark, aside, self.wanted, self.columns, lambda _: beside)
            yield f"quarantine of {dataset.full_name}", _counts(done)
        if deltalog.exists(tombstones):
            done = scrub(self.spark, tombstones, self.wanted, self.columns, lambda _: beside)
            yield f"tombstones of {dataset.full_name}", _counts(done)

    def _out_of_bucket(self, source: Files) -> list[TouchedLine]:
        """Rewrite every file of the source, in whatever folder feeds it; gives the lines that changed."""
        home, found = self.lake.settings.bucket_dir, list[TouchedLine]()
        for system in systems_of(self.lake, self.dataset.name):
            fed = replace(source, system=system)
            bucket.finish_renaming(home, fed)
            files = bucket.bucket_files(home, fed)
            for rows, some in (
                (self._rows_of_dumps, [file for file in files if not _of_changes(file)]),
                (self._rows_of_changes, [file for file in files if _of_changes(file)]),
            ):
                if some:
                    lines = lines_in(self.spark, fed, ((1, file) for file in some), home)
                    touched = touched_lines(spelled_out(lines), rows, self.columns, self.wanted)
                    bucket.rewrite(home, fed, touched)
                    found += touched
        return found

    def _rows_of_dumps(self, lines: DataFrame) -> DataFrame:
        return self.dataset.function(rows_of(lines, self.dataset.spec, about(self.spark, ())))

    def _rows_of_changes(self, lines: DataFrame) -> DataFrame:
        """What a change made of a row, and what that had been before."""
        past = F.get_json_object("_record", "$.before")
        envelope = F.concat(F.lit('{"op":"c","source":{"lsn":0},"after":'), past, F.lit("}"))
        both = lines.unionByName(lines.where(past.isNotNull()).withColumn("_record", envelope))
        return self.dataset.function(changes_in(both, self.dataset.spec, about(self.spark, ())))


def _counts(done: Scrubbed) -> dict[str, int]:
    return {"rows_erased": done.erased, "rows_edited": done.edited}


def _of_changes(file: Path) -> bool:
    """Whether a file is of a load that holds changes."""
    manifest = file.parent / MANIFEST
    return manifest.is_file() and holds_changes(load_from_manifest(manifest))
