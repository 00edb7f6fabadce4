"""Working days, and the limits that the 条例 sets for a request.

Days are numpy arrays of datetime64[D], NaT where there is none; nothing here reads a register or a file.
"""

from .calendar import Calendar, Days, as_days, with_additions, working_days
from .limits import Limits, limits, statute

__all__ = ["Calendar", "Days", "Limits", "as_days", "limits", "statute", "with_additions", "working_days"]
