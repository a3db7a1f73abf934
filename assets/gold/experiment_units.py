"""Who took part in which experiment, what they did from then on, and what they had done before."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, Snapshot, gold, hours

BEFORE = "INTERVAL 28 DAYS"
ARMS = {"0": "control", "1": "treatment"}
UNKNOWN = "unknown"
BEHAVIOUR = ("visits", "pages", "product_views", "product_lists", "carts", "checkouts", "payments_reached")
OUTCOME = ("registrations", "orders", "lines", "returns", "payment_failures")
COUNTS = (*BEHAVIOUR, *OUTCOME)


class ExperimentUnits(Contract):
    """One row per experiment and unit that took part: a browser where visitors are tested, else a customer.

    What counts is what the unit did from its first exposure until the experiment's end; the columns that end
    in ``before`` count the 28 days before the exposure. Orders of a customer are all of theirs, those of a
    browser the ones placed on it. Browsers that have seen both variations are left out, and bots.
    """

    experiment: T.StringType() = Field(key=True, description="its name in the registry")
    unit_id: T.StringType() = Field(key=True, description="the browser, or the customer")
    variation: T.StringType() = Field(isin=["control", "treatment"])
    exposed_at: T.TimestampType() = Field()
    measured_until: T.TimestampType() = Field(description="the experiment's end, or the newest event before")
    device: T.StringType() = Field(description="of a browser; unknown for customers")
    country: T.StringType() = Field(description="of a customer; unknown for browsers")
    visits: T.LongType() = Field(ge=0, description="that of the exposure is one")
    pages: T.LongType() = Field(ge=0, description="pages seen, product pages and lists among them")
    product_views: T.LongType() = Field(ge=0)
    product_lists: T.LongType() = Field(ge=0)
    carts: T.LongType() = Field(ge=0, description="times the cart was opened")
    checkouts: T.LongType() = Field(ge=0, description="begun")
    payments_reached: T.LongType() = Field(ge=0, description="times the payment step was seen")
    registrations: T.LongType() = Field(ge=0)
    orders: T.LongType() = Field(ge=0)
    lines: T.LongType() = Field(ge=0, description="of these orders")
    returns: T.LongType() = Field(ge=0, description="of these orders, sent back by now")
    payment_failures: T.LongType() = Field(ge=0, description="of these orders, never paid for")
    revenue: T.DecimalType(14, 2) = Field(ge=0, description="totals of these orders")
    visits_before: T.LongType() = Field(ge=0)
    pages_before: T.LongType() = Field(ge=0)
    product_views_before: T.LongType() = Field(ge=0)
    orders_before: T.LongType() = Field(ge=0)
    revenue_before: T.DecimalType(14, 2) = Field(ge=0)


@gold(contract=ExperimentUnits, write=Snapshot(), owner="team:platform", freshness=hours(24 * 90))
def experiment_units(  # noqa: PLR0917 - each parameter is an input
    experiments: DataFrame,
    exposures: DataFrame,
    experiment_assignments: DataFrame,
    events: DataFrame,
    sessions: DataFrame,
    orders: DataFrame,
    order_lines: DataFrame,
    customers: DataFrame,
) -> DataFrame:
    took_part = units(experiments, exposures, experiment_assignments, customers)
    done = behaviour(events).unionByName(visits(sessions)).unionByName(purchases(events, orders, order_lines))
    newest = events.agg(F.max("received_at").alias("newest_at"))
    whole = ("experiment", "unit_id", "variation", "exposed_at", "measured_until", "device", "country")
    after = (F.col("at") >= F.col("exposed_at")) & (F.col("at") < F.col("ends_at"))
    before = (F.col("at") < F.col("exposed_at")) & (F.col("at") >= F.col("exposed_at") - F.expr(BEFORE))
    return (
        took_part.join(F.broadcast(newest), how="cross")
        .withColumn("measured_until", F.least("ends_at", "newest_at"))
        .join(done, on=["subject", "unit_id"], how="left")
        .groupBy(*whole)
        .agg(
            *(total(name, after).alias(name) for name in COUNTS),
            in_euro(total("revenue", after)).alias("revenue"),
            *(
                total(name, before).alias(f"{name}_before")
                for name in ("visits", "pages", "product_views", "orders")
            ),
            in_euro(total("revenue", before)).alias("revenue_before"),
        )
        .select(*ExperimentUnits.to_schema().columns)
    )


def total(name: str, when: Column) -> Column:
    """What was done under a name while it counts."""
    return F.coalesce(F.sum(F.when(when & (F.col("done") == name), F.col("amount"))), F.lit(0))


def in_euro(cents: Column) -> Column:
    """Cents were added up as whole numbers: sums of decimals are too wide for that, and slow."""
    return (cents.cast("decimal(16,0)") / 100).cast("decimal(14,2)")


def units(
    experiments: DataFrame,
    exposures: DataFrame,
    experiment_assignments: DataFrame,
    customers: DataFrame,
) -> DataFrame:
    """Who takes part: browsers by what they saw, customers by what the shop assigned when they first saw it.

    An exposure has the front end's identifier of the experiment, the registry a number; both know its name.
    """
    registered = experiments.select(
        "experiment_id", F.col("name").alias("experiment"), "subject", "starts_at", "ends_at"
    )
    arm = F.create_map(*(F.lit(word) for pair in ARMS.items() for word in pair))
    browsers = (
        exposures.where(F.col("variations") == 1)
        .drop("experiment_id")  # the front end's; the registry has another, and the same name
        .join(F.broadcast(registered.where("subject = 'visitor'")), on="experiment", how="inner")
        .select(
            "experiment",
            "subject",
            F.col("anonymous_id").alias("unit_id"),
            arm[F.col("variation_id")].alias("variation"),
            F.col("first_seen_at").alias("exposed_at"),
            "starts_at",
            "ends_at",
            "device",
            F.lit(UNKNOWN).alias("country"),
        )
    )
    assigned = (
        experiment_assignments.join(
            F.broadcast(registered.where("subject = 'customer'")), on="experiment_id", how="inner"
        )
        .join(customers.select("customer_id", "country"), on="customer_id", how="left")
        .select(
            "experiment",
            "subject",
            F.col("customer_id").cast("string").alias("unit_id"),
            F.col("variant").alias("variation"),
            F.col("assigned_at").alias("exposed_at"),
            "starts_at",
            "ends_at",
            F.lit(UNKNOWN).alias("device"),
            F.coalesce("country", F.lit(UNKNOWN)).alias("country"),
        )
    )
    return browsers.unionByName(assigned).where(
        (F.col("exposed_at") >= F.col("starts_at")) & (F.col("exposed_at") < F.col("ends_at"))
    )


def behaviour(events: DataFrame) -> DataFrame:
    """What browsers and customers did: ``subject``, ``unit_id``, ``at``, ``done``, ``amount``.

    An amount is a number of times, or cents.
    """
    event, page = F.col("event"), F.col("call") == "page"
    names = F.array_compact(
        F.array(
            F.when(page | event.isin("Product Viewed", "Product List Viewed"), F.lit("pages")),
            F.when(event == "Product Viewed", F.lit("product_views")),
            F.when(event == "Product List Viewed", F.lit("product_lists")),
            F.when(page & (event == "Cart"), F.lit("carts")),
            F.when(event == "Checkout Started", F.lit("checkouts")),
            F.when((event == "Checkout Step Viewed") & (F.col("step") == 2), F.lit("payments_reached")),  # noqa: PLR2004
            F.when(event == "Signup Completed", F.lit("registrations")),
        )
    )
    return (
        events.where((F.col("device") != "server") & (F.size(names) > 0))
        .withColumn("done", F.explode(names))
        .withColumn("who", F.explode(subjects()))
        .select("who.subject", "who.unit_id", F.col("occurred_at").alias("at"), "done", one())
    )


def visits(sessions: DataFrame) -> DataFrame:
    """Visits, of the same shape; a visit counts when it ends, so that the exposure's own is one after it."""
    return sessions.withColumn("who", F.explode(subjects())).select(
        "who.subject", "who.unit_id", F.col("ended_at").alias("at"), F.lit("visits").alias("done"), one()
    )


def purchases(events: DataFrame, orders: DataFrame, order_lines: DataFrame) -> DataFrame:
    """Orders and what became of them, of the same shape: a browser's by its events, else the shop's."""
    lines = order_lines.groupBy("order_id").agg(F.count(F.lit(1)).alias("lines"))
    on_browser = (
        events.where((F.col("event") == "Order Completed") & F.col("order_id").isNotNull())
        .where(F.col("anonymous_id").isNotNull() & (F.col("device") != "server"))
        .groupBy(F.col("anonymous_id").alias("unit_id"), "order_id")
        .agg(F.min("occurred_at").alias("at"))
        .withColumn("subject", F.lit("visitor"))
    )
    by_customer = orders.where(F.col("customer_id").isNotNull()).select(
        F.col("customer_id").cast("string").alias("unit_id"),
        "order_id",
        F.col("placed_at").alias("at"),
        F.lit("customer").alias("subject"),
    )
    amounts = {
        "orders": F.lit(1),
        "revenue": F.col("total") * 100,
        "lines": F.coalesce("lines", F.lit(0)),
        "returns": (F.col("status") == "returned").cast("int"),
        "payment_failures": (F.col("status") == "placed").cast("int"),
    }
    done = F.array(
        *(
            F.struct(F.lit(name).alias("done"), amount.cast("long").alias("amount"))
            for name, amount in amounts.items()
        )
    )
    return (
        on_browser.unionByName(by_customer)
        .join(orders.select("order_id", "status", "total"), on="order_id", how="inner")
        .join(lines, on="order_id", how="left")
        .withColumn("each", F.explode(done))
        .select("subject", "unit_id", "at", "each.done", "each.amount")
    )


def subjects() -> Column:
    """Whose it is: the browser's, and the customer's where one is known."""
    return F.array_compact(
        F.array(
            F.when(
                F.col("anonymous_id").isNotNull(),
                F.struct(F.lit("visitor").alias("subject"), F.col("anonymous_id").alias("unit_id")),
            ),
            F.when(
                F.col("customer_id").isNotNull(),
                F.struct(
                    F.lit("customer").alias("subject"), F.col("customer_id").cast("string").alias("unit_id")
                ),
            ),
        )
    )


def one() -> Column:
    """Once."""
    return F.lit(1).cast("long").alias("amount")
