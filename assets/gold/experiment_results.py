"""What became of every experiment: each registered metric, read the same way, with a verdict."""

import pandas as pd
import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours
from lakehouse.experiments import SUMS, Finding, Measured, Plan, Role, Summary, Verdict, read_out, split_p

ALL = "all"
RELEVANT = 0.03
"""The smallest relative change that would matter where nobody says otherwise."""

METRICS = {
    "orders per visitor": ("orders", None, "orders_before"),
    "orders per customer": ("orders", None, "orders_before"),
    "revenue per visitor": ("revenue", None, "revenue_before"),
    "revenue per customer": ("revenue", None, "revenue_before"),
    "registrations per visitor": ("registrations", None, None),
    "registrations per visitor who began to sign up": ("registrations", None, None),
    "orders per registered customer": ("orders", "registrations", None),
    "product views per visitor": ("product_views", None, "product_views_before"),
    "product lists per visitor": ("product_lists", None, None),
    "pages per visit": ("pages", "visits", "pages_before"),
    "visits per visitor": ("visits", None, "visits_before"),
    "carts per visitor": ("carts", None, None),
    "checkouts per visitor": ("checkouts", None, None),
    "payments reached per visitor": ("payments_reached", None, None),
    "lines per order": ("lines", "orders", None),
    "returns per order": ("returns", "orders", None),
    "returns": ("returns", "orders", None),
    "payment failures": ("payment_failures", "orders", None),
}
"""By the names that teams register: the sum over units, what divides it (else units), what was known."""

LOWER_IS_BETTER = ("returns per order", "returns", "payment failures")


class ExperimentResults(Contract):
    """One row per experiment, metric and segment: the treatment against the control.

    ``all`` is every unit. The registered metric decides, over all and in the segment registered beforehand
    (Holm); guardrails and devices are read together (Benjamini and Hochberg). An experiment that has reached
    its planned end is read once; before that every interval and p-value is always valid.
    """

    experiment: T.StringType() = Field(key=True)
    metric: T.StringType() = Field(key=True)
    segment: T.StringType() = Field(key=True, description="all: every unit")
    role: T.StringType() = Field(isin=[each.value for each in Role])
    lower_is_better: T.BooleanType() = Field()
    guess: T.DoubleType() = Field(nullable=True, description="the lift guessed beforehand, of what decides")
    progress: T.DoubleType() = Field(ge=0, description="the share of the planned time that was measured")
    control_units: T.LongType() = Field(ge=0)
    treatment_units: T.LongType() = Field(ge=0)
    split_p: T.DoubleType() = Field(nullable=True, description="of the split over all, against the plan")
    control: T.DoubleType() = Field(nullable=True, description="the metric in the control")
    treatment: T.DoubleType() = Field(nullable=True)
    lift: T.DoubleType() = Field(nullable=True, description="relative, after what was known before")
    low: T.DoubleType() = Field(nullable=True, description="lower end of its interval of 95 %")
    high: T.DoubleType() = Field(nullable=True)
    p_value: T.DoubleType() = Field(nullable=True, description="read alone")
    p_adjusted: T.DoubleType() = Field(nullable=True, description="read among the others of its role")
    variance_removed: T.DoubleType() = Field(nullable=True, description="by what was known before")
    detectable: T.DoubleType() = Field(
        nullable=True, description="the lift found in four cases of five by one look at so many units"
    )
    verdict: T.StringType() = Field(isin=[each.value for each in Verdict])
    larger_than: T.DoubleType() = Field(nullable=True, description="the size of a lift that is ruled out")
    reason: T.StringType() = Field()


@gold(contract=ExperimentResults, write=Snapshot(), owner="team:platform", freshness=hours(24 * 90))
def experiment_results(experiments: DataFrame, experiment_units: DataFrame) -> DataFrame:
    whole = ("experiment", "guess", "relevant", "share", "progress")
    plans = registered(experiments, experiment_units)
    sums = sums_of(plans, experiment_units)
    # A metric that nobody measures, or an experiment that nobody has seen, still has its row.
    rows = (
        plans.select(*whole, F.explode("metrics").alias("of"))
        .select(*whole, F.col("of.metric").alias("metric"), F.col("of.role").alias("registered_as"))
        .join(sums, on=["experiment", "metric"], how="left")
    )
    lower, columns = LOWER_IS_BETTER, list(ExperimentResults.to_schema().columns)

    def role_of(row: pd.Series) -> Role:
        decides = row["registered_as"] == Role.PRIMARY.value
        if decides:
            return Role.EXPLORATORY if row["kind"] == "device" else Role.PRIMARY
        return Role.GUARDRAIL if row["segment"] == ALL else Role.EXPLORATORY

    def measured(rows: pd.DataFrame) -> list[Measured]:
        found = []
        for (metric, segment), some in rows.groupby(["metric", "segment"], sort=True):
            arms = {
                row["variation"]: Summary(int(row["units"]), *(float(row[name]) for name in SUMS[1:]))
                for _, row in some.iterrows()
                if row["variation"]
            }
            role = role_of(some.iloc[0])
            both = arms.get("control"), arms.get("treatment")
            found.append(Measured(str(metric), str(segment), role, *both, lower_is_better=metric in lower))
        return found

    def row_of(finding: Finding) -> dict[str, object]:
        of, read = finding.measured, finding.reading
        return {
            "metric": of.metric,
            "segment": of.segment,
            "role": of.role.value,
            "lower_is_better": of.lower_is_better,
            "control_units": of.control.units if of.control else 0,
            "treatment_units": of.treatment.units if of.treatment else 0,
            "control": of.control.ratio if of.control else None,
            "treatment": of.treatment.ratio if of.treatment else None,
            "lift": read and read.lift,
            "low": finding.low,
            "high": finding.high,
            "p_value": finding.p_value,
            "p_adjusted": finding.p_adjusted,
            "variance_removed": read and read.variance_removed,
            "detectable": finding.detectable,
            "verdict": finding.judgement.verdict.value,
            "larger_than": finding.judgement.larger_than,
            "reason": finding.judgement.reason,
        }

    def read_together(key: tuple[str, float, float, float, float], rows: pd.DataFrame) -> pd.DataFrame:
        experiment, guess, relevant, share, progress = key
        all_of_it = measured(rows.fillna({"segment": ALL, "kind": ALL, "variation": ""}))
        decides = next(each for each in all_of_it if each.role is Role.PRIMARY and each.segment == ALL)
        control, treatment = decides.control, decides.treatment
        units = control.units if control else 0, treatment.units if treatment else 0
        plan = Plan(share=share, progress=progress, relevant=relevant)
        found = pd.DataFrame([row_of(each) for each in read_out(plan, units, all_of_it)])
        return found.assign(
            experiment=experiment,
            guess=found["role"].map(lambda role: guess if role == Role.PRIMARY.value else None),
            progress=progress,
            split_p=split_p(units, (1 - share, share)),
        )[columns]

    # Spark has added everything up: what is left is a few dozen rows an experiment.
    return rows.groupBy(*whole).applyInPandas(read_together, ExperimentResults.to_structtype())


def registered(experiments: DataFrame, experiment_units: DataFrame) -> DataFrame:
    """The plans: share, guess, smallest relevant effect, progress, segment; metrics with what each is for."""
    until = experiment_units.groupBy("experiment").agg(F.max("measured_until").alias("until"))
    passed = F.unix_micros("until") - F.unix_micros("starts_at")
    planned = F.unix_micros("ends_at") - F.unix_micros("starts_at")

    def named(metric: Column, role: Role) -> Column:
        return F.struct(metric.alias("metric"), F.lit(role.value).alias("role"))

    return (
        experiments.withColumnRenamed("name", "experiment")
        .join(until, on="experiment", how="left")
        .select(
            "experiment",
            F.col("guess").cast("double").alias("guess"),
            F.coalesce(F.col("relevant").cast("double"), F.lit(RELEVANT)).alias("relevant"),
            F.col("share").cast("double").alias("share"),
            F.coalesce(F.greatest(passed / planned, F.lit(0.0)), F.lit(0.0)).alias("progress"),
            "segment",
            F.concat(
                F.array(named(F.col("metric"), Role.PRIMARY)),
                F.transform("guardrails", lambda name: named(name, Role.GUARDRAIL)),
            ).alias("metrics"),
        )
    )


def sums_of(plans: DataFrame, experiment_units: DataFrame) -> DataFrame:
    """Per experiment, metric, segment and variation the sums that a reading needs."""
    wanted = plans.select(
        "experiment",
        F.transform("metrics", lambda each: each["metric"]).alias("wanted"),
        F.col("metrics")[0]["metric"].alias("deciding"),
        "segment",
    )
    return (
        experiment_units.join(F.broadcast(wanted), on="experiment", how="inner")
        .withColumn("part", F.explode(segments()))
        .withColumn(
            "of", F.explode(F.filter(measures(), lambda each: F.array_contains("wanted", each["metric"])))
        )
        # Devices are looked at for the metric that decides, and no other.
        .where((F.col("part.kind") != "device") | (F.col("of.metric") == F.col("deciding")))
        .select("experiment", "variation", "part.kind", F.col("part.name").alias("segment"), "of.*")
        .groupBy("experiment", "metric", "kind", "segment", "variation")
        .agg(
            F.count(F.lit(1)).alias("units"),
            *(F.sum(name).alias(name) for name in ("value", "per", "before")),
            *(
                F.sum(F.col(one) * F.col(other)).alias(f"{one}_{other}")
                for one, other in (name.split("_") for name in SUMS[4:])
            ),
        )
    )


def measures() -> Column:
    """Every metric of a unit: what is summed, what divides it, what was known before."""

    def number(name: str | None, instead: float) -> Column:
        return F.lit(instead) if name is None else F.col(name).cast("double")

    return F.array(
        *(
            F.struct(
                F.lit(metric).alias("metric"),
                number(value, 0.0).alias("value"),
                number(per, 1.0).alias("per"),
                number(before, 0.0).alias("before"),
            )
            for metric, (value, per, before) in METRICS.items()
        )
    )


def segments() -> Column:
    """What a unit is part of: all, its device, and a registered segment such as ``country other than DE``."""
    rule = r"^country other than (\w+)$"
    home = F.regexp_extract("segment", rule, 1)
    inside = F.when(F.col("country") != home, F.col("segment")).otherwise(F.concat(F.lit("country "), home))

    def part(kind: str, name: Column) -> Column:
        return F.struct(F.lit(kind).alias("kind"), name.alias("name"))

    return F.array_compact(
        F.array(
            part("all", F.lit(ALL)),
            F.when(F.col("device") != "unknown", part("device", F.col("device"))),
            F.when(
                F.col("segment").rlike(rule) & (F.col("country") != "unknown"), part("registered", inside)
            ),
        )
    )
