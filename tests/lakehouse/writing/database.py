"""A database in plain Python with a change capture at its log, as PostgreSQL and Debezium behave.

Transactions run side by side, so one may have changed a row before a snapshot and be committed after it.
What a row was and when is remembered, to hold the lake against.
"""

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pyspark.sql.types as T

from lakehouse import Contract, Field

PLACEHOLDER = "__debezium_unavailable_value"
LARGE = "large "  # a value that begins so is not repeated in the log
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEYS = range(1, 9)


class Things(Contract):
    """One row per thing and change: what bronze demands of the table."""

    id: T.LongType() = Field(key=True)
    n: T.IntegerType() = Field()
    big: T.StringType() = Field(nullable=True)
    day: T.DateType() = Field()
    extra: T.IntegerType() = Field(nullable=True)


@dataclass
class Loads:
    """What has landed: (position, kind, lines), in the order of their landing."""

    landed: list[tuple[int, str, list[dict]]] = field(default_factory=list)

    def put(self, position, kind, lines):
        last = self.landed[-1][0] if self.landed else 0
        self.landed.append((max(position, last + 1), kind, lines))


class Database:
    """One table: ``id``, ``n``, ``big`` (large at times), ``day``, and ``extra`` once it has appeared."""

    def __init__(self, seed, *, snapshots=2, steps=60):
        self.dice = random.Random(seed)
        self.rows, self.history, self.waiting = {}, {}, []
        self.open, self.stream, self.loads = [], [], Loads()
        self.lsn = self.seconds = 1000
        self.seen_commit = None
        self.has_extra = False
        for _ in range(10):
            self.step()
        self.snapshot()
        for part in range(snapshots):
            if part:
                self.snapshot()  # what came since the last landing is lost, as after a slot that is gone
            for _ in range(steps):
                self.step()
                if self.dice.random() < 0.12:
                    self.land()
            if part == 0:
                self.has_extra = True
        while self.open:
            self.commit(self.open[0])
        self.land()

    # What happens in the database

    def step(self):
        kind = self.dice.choices(["change", "commit", "truncate", "read again"], [12, 6, 0.4, 0.8])[0]
        if kind == "commit" and self.open:
            self.commit(self.dice.choice(self.open))
        elif kind == "truncate" and not self.open:
            self.commit(self.begin([("t", None, None)]))
        elif kind == "read again":
            self.read_again()
        else:
            transaction = self.dice.choice([*self.open, self.begin([])])
            if transaction not in self.open and len(self.open) < 3:
                self.open.append(transaction)
            self.change(transaction)

    def begin(self, lines):
        self.lsn += self.dice.randint(30, 90)
        return {"lines": [(self.lsn, *line) for line in lines], "rows": {}}

    def change(self, transaction):
        """One change of a row that no other transaction holds."""
        held = {key for each in self.open if each is not transaction for key in each["rows"]}
        free = [key for key in KEYS if key not in held]
        now = {key: transaction["rows"].get(key, self.rows.get(key)) for key in free}
        there = [key for key in free if now[key]]
        absent = [key for key in free if not now[key]]
        if absent and (not there or self.dice.random() < 0.3):
            key, row = self.dice.choice(absent), self.new_row()
            return self.note(transaction, ("c", key, self.written(row)), {key: row})
        if not there:
            return None
        key = self.dice.choice(there)
        what = self.dice.choices(["small", "large", "delete", "key"], [5, 3, 2, 2])[0]
        row = dict(now[key])
        if what == "delete":
            return self.note(transaction, ("d", key, None), {key: None})
        if what in ("large", "key") and self.dice.random() < 0.6:
            row["big"] = self.big()
        row["n"] += 1
        after = self.written(row)
        if row["big"] == now[key]["big"] and (row["big"] or "").startswith(LARGE):
            after["big"] = PLACEHOLDER
        if what == "key" and absent:
            new = self.dice.choice(absent)
            self.note(transaction, ("d", key, None), {key: None})
            return self.note(transaction, ("c", new, after), {new: row}, same_place=True)
        return self.note(transaction, ("u", key, after), {key: row})

    def note(self, transaction, line, rows, *, same_place=False):
        self.lsn += 0 if same_place else self.dice.randint(30, 90)
        transaction["lines"].append((self.lsn, *line))
        transaction["rows"] |= rows

    def commit(self, transaction):
        """Its changes come into the stream, in the order of commits."""
        if transaction in self.open:
            self.open.remove(transaction)
        self.seconds += self.dice.randint(1, 50)
        for lsn, op, key, after in transaction["lines"]:
            row = after and {"id": key, **after}
            before = {"id": key, "n": 0, "big": "", "day": 0} if op == "d" else None
            told = None if op == "t" else {"id": key}
            self.stream.append(self.envelope(op, told, before, row, lsn))
            if op == "t":
                for each in list(self.rows):
                    self.now(each, None)
        for key, row in transaction["rows"].items():
            self.now(key, row)
        self.lsn += self.dice.randint(30, 90)
        self.seen_commit = self.lsn

    def read_again(self):
        """Rows that are sent again between the changes: as committed, and nowhere in the log."""
        self.seconds += 1
        for key in sorted(self.rows):
            if self.rows[key] and self.dice.random() < 0.7:
                row = {"id": key, **self.read(self.rows[key])}
                self.stream.append(self.envelope("r", {"id": key}, None, row, None))
        self.lsn += 10  # Debezium writes a mark of its own when it has read
        self.seen_commit = self.lsn

    def new_row(self):
        return {
            "n": self.dice.randint(0, 99),
            "big": self.big(),
            "day": self.dice.randint(-400, 20_000),
            "extra": None,
        }

    def big(self):
        return self.dice.choice([None, "short", f"{LARGE}{self.dice.random()}"])

    # What the capture makes of it

    def written(self, row):
        """A row as it stands in the log; once the column has appeared, whoever writes a row fills it."""
        if self.has_extra:
            row["extra"] = row["n"] % 3
        return self.read(row)

    def read(self, row):
        return {name: value for name, value in row.items() if name != "extra" or self.has_extra}

    def envelope(self, op, key, before, after, lsn):
        source = {
            "lsn": lsn,
            "sequence": json.dumps([self.seen_commit and str(self.seen_commit), lsn and str(lsn)]),
            "ts_us": self.seconds * 1_000_000,
        }
        return {"key": key, "op": op, "before": before, "after": after, "source": source}

    def snapshot(self):
        """A new slot: all rows as committed, and what was under way comes after them."""
        self.seconds += 1
        self.lsn += 10
        self.seen_commit = None
        self.stream, self.waiting = [], []
        there = {key: row for key, row in self.rows.items() if row}
        lines = [
            self.envelope("r", {"id": key}, None, {"id": key, **self.read(row)}, self.lsn)
            for key, row in there.items()
        ]
        for key in {*self.history, *there}:
            self.now(key, self.rows.get(key))
        self.loads.put(self.lsn, "full", lines)
        self.remember()

    def land(self):
        """A roll of changes; now and then one that was landed comes again before it, as after a kill."""
        rolls = [load for load in self.loads.landed if load[1] == "incremental"]
        again = []
        if rolls and self.loads.landed[-1] == rolls[-1] and self.dice.random() < 0.3:
            again = [line for line in rolls[-1][2] if line["op"] != "r"]
        if again or self.stream:
            self.loads.put(self.lsn, "incremental", again + self.stream)
        self.stream = []
        self.remember()

    # What is true

    def now(self, key, row):
        self.rows[key] = row
        self.waiting.append((key, self.seconds, row and content(row)))

    def remember(self):
        """What has landed is what can be known."""
        for key, second, value in self.waiting:
            self.history.setdefault(key, []).append((second, value))
        self.waiting = []

    def table(self):
        """Every row there is, as the lake should have it."""
        return sorted((key, *content(row)) for key, row in self.rows.items() if row)

    def past(self):
        """Key to what the captured history tells of it, see :func:`steps`."""
        found = {key: steps(each) for key, each in self.history.items()}
        return {key: each for key, each in found.items() if each}


def content(row):
    day = date(1970, 1, 1) + timedelta(days=row["day"])
    return (row["n"], row["big"], day, row.get("extra"))


def steps(versions):
    """Versions in order, as (second, content or None), with none that lasts no time or says nothing new."""
    last = dict(versions)
    found = []
    for second, value in sorted(last.items()):
        if (found[-1][1] if found else None) != value:
            found.append((second, value))
    return found
