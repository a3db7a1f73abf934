"""Experiments: from sums per variation to a verdict, the same way for every test that anybody runs.

Spark adds up what the units of an experiment did; here a few rows of sums become a read-out. Rooms:
:mod:`~lakehouse.experiments.summaries` (sums of a variation), ``reading`` (lift with its interval, variance
reduction, power), ``sequential`` (a reading that may be looked at every day), ``split`` (whether the
variations are as large as planned), ``verdicts`` (the closed list) and ``readout`` (all metrics of an
experiment read together). The engine is tea-tasting; statsmodels adjusts for many metrics.
"""

from lakehouse.experiments.reading import Reading, detectable, read, units_needed
from lakehouse.experiments.readout import Finding, Measured, Plan, Role, read_out
from lakehouse.experiments.sequential import always_valid_p, critical_z
from lakehouse.experiments.split import BROKEN, split_p
from lakehouse.experiments.summaries import SUMS, Summary
from lakehouse.experiments.verdicts import LEAST_UNITS, Judgement, Verdict, judge

__all__ = [
    "BROKEN",
    "LEAST_UNITS",
    "SUMS",
    "Finding",
    "Judgement",
    "Measured",
    "Plan",
    "Reading",
    "Role",
    "Summary",
    "Verdict",
    "always_valid_p",
    "critical_z",
    "detectable",
    "judge",
    "read",
    "read_out",
    "split_p",
    "units_needed",
]
