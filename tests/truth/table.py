"""The table of ``make truth``: planted, found, interval, verdict; then the bands."""

from collections.abc import Iterable, Iterator, Sequence

from tests.truth.finding import Claims, Finding, Kind
from tests.truth.judging import coverage, false_claims, reached

_ROW = "{:>4}  {:<22} {:<46} {:>26} {:>26}  {:<22} {}"


def rows(found: Iterable[tuple[int, Finding]]) -> Iterator[str]:
    """A line per finding, after a heading."""
    yield _ROW.format("seed", "effect", "quantity", "planted", "found", "interval", "").rstrip()
    for seed, each in found:
        yield _ROW.format(
            seed,
            each.effect,
            each.quantity,
            shown(each.planted),
            shown(each.found),
            f"{shown(each.low)} to {shown(each.high)}" if each.low is not None else "",
            word(each),
        ).rstrip()


def word(finding: Finding) -> str:
    """What the comparison says, in a word."""
    if not finding.told:
        return "not told"
    if finding.holds:
        return "inside" if finding.low is not None else "right"
    if finding.falls_short:
        return f"too weak ({finding.power:.0%})"
    return "OUTSIDE" if finding.kind in {Kind.SAMPLED, Kind.COUNTED} else "WRONG"


def shown(value: float | str | None) -> str:
    """Three or four digits that count; large counts whole."""
    if value is None:
        return "–"  # noqa: RUF001 - as on a page
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"


def summary(findings: Sequence[Finding], claims: Sequence[Claims]) -> Iterator[str]:
    """How many intervals hold what was planted, and how many claims are false, against their bands."""
    yield "intervals of 95 % that hold what was planted"
    for of in coverage(findings):
        wrong = "" if of.holds else "  OUTSIDE"
        yield f"  {of.effect:<22} {of.inside:>4} of {of.total:<4} {of.least} to {of.most} may{wrong}"
    others = [each for each in findings if each.kind is not Kind.SAMPLED and each.told and each.power == 1]
    yield f"counts and verdicts that are right: {sum(each.holds for each in others)} of {len(others)}"
    lucky = reached(findings)
    yield (
        f"verdicts that take some luck, reached: {lucky.reached} of {lucky.total};"
        f" {lucky.expected:.1f} expected, {lucky.least} at least"
    )
    false = false_claims(claims)
    yield (
        f"called real though nothing was there: {len(false.false)} of {false.made};"
        f" in {false.families} families {false.weight:.2f} families' worth, {false.most} may"
    )
    yield from (f"  {words}" for words in false.false)
