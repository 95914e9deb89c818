"""Tools of other people: found, described and checked without their code ever running outside the sandbox.

Their code travels into the sandbox as bytes with each job, so that what ran is what was hashed, in every backend.
"""

from climbdc.plugins._added import put_file, take_file
from climbdc.plugins._checking import REAL_DATA, check_job, check_one
from climbdc.plugins._code import PluginCode, code_of_file, code_of_module
from climbdc.plugins._describing import Described, describe_all, describe_code
from climbdc.plugins._jobs import describe_job, shipped_tools
from climbdc.plugins._manifest import BadManifest, Manifest, one_line, read_manifests
from climbdc.plugins._scaffold import KINDS, Kind, write_package
from climbdc.plugins._schema import check_schema, complete
from climbdc.plugins._sources import GROUP, Source, foreign_entry_points, sources, tools_folder
from climbdc.plugins._trying import Checked, RuleSeen, code_at, open_for_plugins, real_table, rule_text, try_code

__all__ = [
    "GROUP",
    "KINDS",
    "REAL_DATA",
    "BadManifest",
    "Checked",
    "Described",
    "Kind",
    "Manifest",
    "PluginCode",
    "RuleSeen",
    "Source",
    "check_job",
    "check_one",
    "check_schema",
    "code_at",
    "code_of_file",
    "code_of_module",
    "complete",
    "describe_all",
    "describe_code",
    "describe_job",
    "foreign_entry_points",
    "one_line",
    "open_for_plugins",
    "put_file",
    "read_manifests",
    "real_table",
    "rule_text",
    "shipped_tools",
    "sources",
    "take_file",
    "tools_folder",
    "try_code",
    "write_package",
]
