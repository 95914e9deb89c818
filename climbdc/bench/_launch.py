"""Starts a command from a small process and says what it used; run as a script, with nothing imported.

On Linux a process inherits, as its peak, the memory of the process that started it. Started from here, that is a few
megabytes rather than those of the whole benchmark.
"""

import json
import os
import sys


def main(report: str, command: list[str]) -> None:
    """Run a command, and write its exit status and usage as JSON."""
    child = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    used = {
        "status": os.waitstatus_to_exitcode(status),
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "largest_mb": usage.ru_maxrss / (1 << (20 if sys.platform == "darwin" else 10)),
    }
    with open(report, "w", encoding="utf-8") as file:
        json.dump(used, file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
