"""Working days, and the limits of the 条例 for a request.

Days are numpy arrays of datetime64[D], with NaT for a missing day; this package reads no registers.
"""
