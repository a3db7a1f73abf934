"""What the lake must find, written down by the one who planted it. The lake never reads this; tests do.

Counted from the simulated arrays, not from the database or the event stream, so it is independent of every
query. Truth is what the simulator did: where an effect has no closed form, the same seed is run with and
without it. It counts the history alone, not the days after it.
"""

from supercorp.truth.whole import truth_of, write_truth

__all__ = ["truth_of", "write_truth"]
