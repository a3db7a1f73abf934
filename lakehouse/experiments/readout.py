"""An experiment's metrics read together: one decision, and many numbers that may not pass for one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import NormalDist

from lakehouse.experiments.reading import ALPHA, Reading, detectable, read
from lakehouse.experiments.sequential import always_valid_p, critical_z
from lakehouse.experiments.split import BROKEN, split_p
from lakehouse.experiments.summaries import Summary
from lakehouse.experiments.verdicts import LEAST_UNITS, Judgement, Verdict, judge
from lakehouse.statistics import adjusted

__all__ = ["Finding", "Measured", "Plan", "Role", "read_out"]


class Role(StrEnum):
    """What a metric was registered for."""

    PRIMARY = "primary"
    """It decides: the metric, over all and in the segment named beforehand."""
    GUARDRAIL = "guardrail"
    EXPLORATORY = "exploratory"
    """Looked at without having been named beforehand: a hint for the next test."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was written down before the start.

    ``share`` of the units get the treatment. ``progress`` is the share of the planned time that is over: 1
    or more is finished. ``relevant`` is the smallest relative lift that would matter.
    """

    share: float
    progress: float
    relevant: float

    @property
    def finished(self) -> bool:
        """The planned end was reached: one look, by the ordinary test."""
        return self.progress >= 1


@dataclass(frozen=True, slots=True)
class Measured:
    """The sums of one metric in one segment; a variation is None where nobody measured it."""

    metric: str
    segment: str
    role: Role
    control: Summary | None
    treatment: Summary | None
    lower_is_better: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said of one metric in one segment. ``low`` to ``high`` is the lift's interval of 95 %."""

    measured: Measured
    judgement: Judgement
    reading: Reading | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    detectable: float | None = None


def read_out(plan: Plan, units: tuple[int, int], measured: Sequence[Measured]) -> list[Finding]:
    """Read all metrics of an experiment, in their order.

    ``units`` are those of control and treatment, over all segments. Where their split is not the planned one,
    no metric is judged, though all are shown. P-values are adjusted by role: Holm (1979), "A simple
    sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 65-70, for what
    decides; Benjamini and Hochberg for all the rest. While a test runs they are always valid.
    """
    readings = [_reading(each) if plan.progress > 0 else None for each in measured]
    p_values = [None if each is None else _p_value(plan, each) for each in readings]
    together = _adjusted([each.role for each in measured], p_values)
    split = split_p(units, (1 - plan.share, plan.share))
    findings = []
    for each, reading, p_value, p_adjusted in zip(measured, readings, p_values, together, strict=True):
        if reading is None or p_adjusted is None:
            findings.append(Finding(each, Judgement(Verdict.TOO_EARLY, _why_not(each))))
            continue
        low, high = reading.bounds(_reach(plan))
        judgement = judge(
            reading,
            p_adjusted,
            (low, high),
            finished=plan.finished,
            relevant=plan.relevant,
            lower_is_better=each.lower_is_better,
        )
        seen = detectable(each.control, each.treatment) if each.control and each.treatment else None
        findings.append(Finding(each, judgement, reading, low, high, p_value, p_adjusted, seen))
    if split is not None and split < BROKEN:
        broken = Judgement(Verdict.INVALID_SPLIT, "the variations are not as large as planned")
        return [replace(finding, judgement=broken) for finding in findings]
    return findings


def _reading(measured: Measured) -> Reading | None:
    control, treatment = measured.control, measured.treatment
    if control is None or treatment is None or min(control.units, treatment.units) < LEAST_UNITS:
        return None
    return read(control, treatment)


def _why_not(measured: Measured) -> str:
    if measured.control is None or measured.treatment is None:
        return "nobody was measured"
    if min(measured.control.units, measured.treatment.units) < LEAST_UNITS:
        return f"fewer than {LEAST_UNITS} units in a variation"
    return "it has not happened in both variations"


def _p_value(plan: Plan, reading: Reading) -> float:
    return reading.p_value if plan.finished else always_valid_p(reading.z, plan.progress)


def _reach(plan: Plan) -> float:
    return NormalDist().inv_cdf(1 - ALPHA / 2) if plan.finished else critical_z(plan.progress)


def _adjusted(roles: Sequence[Role], p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's for what decides, Benjamini and Hochberg's for the rest."""
    from statsmodels.stats.multitest import multipletests  # type: ignore[import-untyped]

    together: list[float | None] = [None] * len(roles)
    known = [(place, value) for place, value in enumerate(p_values) if value is not None]
    decides = [(place, value) for place, value in known if roles[place] is Role.PRIMARY]
    others = [(place, value) for place, value in known if roles[place] is not Role.PRIMARY]
    if decides:
        held = multipletests([value for _, value in decides], method="holm")[1]
        for (place, _), value in zip(decides, held, strict=True):
            together[place] = float(value)
    for (place, _), value in zip(others, adjusted([value for _, value in others]), strict=True):
        together[place] = value
    return together
