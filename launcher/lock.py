"""Writes requirements/*.lock anew from the *.in files: `python3 -m launcher.lock [--upgrade]`.

Locked: every version and the hashes of its files, for all systems and Python ≥ 3.11. No address of a package index.
"""

import subprocess
import sys

from launcher.checkout import state_folder
from launcher.packages import REQUIREMENTS, Environment

OLDEST_PYTHON = "3.11"


def main(arguments: list[str]) -> int:
    uv = Environment(state_folder()).uv()
    for name, constraint in (("installer", None), ("base", None), ("dev", "base")):
        command = [uv, "pip", "compile", "-q", "--universal", "--generate-hashes", "--no-header", "--no-emit-index-url"]
        command += ["--python-version", OLDEST_PYTHON, *arguments, "-o", f"{name}.lock", f"{name}.in"]
        if constraint:
            command += ["-c", f"{constraint}.lock"]
        print(f"requirements/{name}.lock", flush=True)
        if code := subprocess.run([str(word) for word in command], cwd=REQUIREMENTS).returncode:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
