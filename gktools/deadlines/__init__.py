"""Working days, and the limits that the 条例 sets for a request.

Days are numpy arrays of datetime64[D], NaT where there is none; nothing here reads a register or a file.
"""
