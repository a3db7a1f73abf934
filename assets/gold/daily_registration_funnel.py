"""How far people get in the registration, by day, device and release."""

import pyspark.sql.types as T
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from lakehouse import Contract, Field, ReplaceWindow, daily, gold, hours, rule, window

UNKNOWN = "unknown"
SIGN_UP, DETAILS, ADDRESS = 1, 2, 3


class DailyRegistrationFunnel(Contract):
    """One row per day, device and release of the front end on which somebody unknown came.

    Counted are visits of people who were not signed in, or who registered in them; bots are left out. Who is
    asked for the address is who gave the details and was not let through without it.
    """

    day: T.DateType() = Field(key=True, description="the company's day")
    device: T.StringType() = Field(key=True)
    release: T.StringType() = Field(key=True, description="of the front end, at the start of the visit")
    landed: T.LongType() = Field(gt=0, description="visits of people unknown to the shop")
    began: T.LongType() = Field(ge=0, description="the registration was opened")
    gave_sign_up: T.LongType() = Field(ge=0, description="the first step was completed")
    gave_details: T.LongType() = Field(ge=0, description="the second step was completed")
    asked_address: T.LongType() = Field(ge=0, description="the details were given, and the address asked for")
    gave_address: T.LongType() = Field(ge=0)
    done: T.LongType() = Field(ge=0, description="registered, with or without the address step")
    done_without_address: T.LongType() = Field(ge=0, description="of these, let through without it")

    @rule()
    def the_address_is_given_when_asked_for(cls) -> Column:
        """Nobody gives an address unasked."""
        return F.col("gave_address") <= F.col("asked_address")


@gold(
    contract=DailyRegistrationFunnel,
    write=ReplaceWindow(),
    owner="team:onboarding",
    partitions=daily("day", start="2026-01-01"),
    reads={"sessions": window("day")},
    freshness=hours(28),
)
def daily_registration_funnel(sessions: DataFrame) -> DataFrame:
    done, step = F.col("signed_up"), F.col("signup_step")
    without_address = done & (step < ADDRESS)
    details = done | (step >= DETAILS)
    return (
        sessions.where(~F.col("is_bot") & (F.col("customer_id").isNull() | done | (step > 0)))
        .withColumns({name: F.coalesce(name, F.lit(UNKNOWN)) for name in ("device", "release")})
        .groupBy("day", "device", "release")
        .agg(
            F.count(F.lit(1)).alias("landed"),
            F.count_if(begun()).alias("began"),
            F.count_if(done | (step >= SIGN_UP)).alias("gave_sign_up"),
            F.count_if(details).alias("gave_details"),
            F.count_if(details & ~without_address).alias("asked_address"),
            F.count_if(step >= ADDRESS).alias("gave_address"),
            F.count_if(done).alias("done"),
            F.count_if(without_address).alias("done_without_address"),
        )
    )


def begun() -> Column:
    """The registration was opened, or a later step of it shows that it was."""
    return F.col("began_signup") | F.col("signed_up") | (F.col("signup_step") > 0)
