"""Tools of other people: found, described and checked without their code ever running outside the sandbox.

Their code travels into the sandbox as bytes with each job, so that what ran is what was hashed, in every backend.
"""

from climbdc.plugins._checking import REAL_DATA, check_job, check_one
from climbdc.plugins._code import PluginCode, code_of_file, code_of_module
from climbdc.plugins._describing import Described, describe_all, describe_code
from climbdc.plugins._jobs import describe_job, shipped_tools
from climbdc.plugins._manifest import BadManifest, Manifest, one_line, read_manifests
from climbdc.plugins._schema import check_schema, complete
from climbdc.plugins._sources import GROUP, Source, foreign_entry_points, sources, tools_folder

__all__ = [
    "GROUP",
    "REAL_DATA",
    "BadManifest",
    "Described",
    "Manifest",
    "PluginCode",
    "Source",
    "check_job",
    "check_one",
    "check_schema",
    "code_of_file",
    "code_of_module",
    "complete",
    "describe_all",
    "describe_code",
    "describe_job",
    "foreign_entry_points",
    "one_line",
    "read_manifests",
    "shipped_tools",
    "sources",
    "tools_folder",
]
