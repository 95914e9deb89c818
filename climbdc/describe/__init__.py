"""What the columns are: semantic types, the data dictionary, roles and the goal.

`describe` fills the dictionary, `propose_roles` and `guess_target` say what the table suggests, `check_goal` settles
what a person wants or says why it cannot be. See `docs/dictionary.md`.
"""

from climbdc.describe._describe import describe
from climbdc.describe._entry import column_from
from climbdc.describe._file import read_dictionary
from climbdc.describe._goal import check_goal
from climbdc.describe._hints import Candidate
from climbdc.describe._roles import RoleProposal, propose_roles
from climbdc.describe._target import guess_target
from climbdc.describe._types import infer_type

__all__ = [
    "Candidate",
    "RoleProposal",
    "check_goal",
    "column_from",
    "describe",
    "guess_target",
    "infer_type",
    "propose_roles",
    "read_dictionary",
]
