"""Runs the sample with many customers under several memory limits, and fails where a limit does not hold.

    sweep.py FOLDER [STAUNCH]

FOLDER takes the data (220 MB) and what the runs publish. STAUNCH is the program, target/release/staunch unless given. A run
with 512 MiB or 1 GiB must publish the tables of the run without a limit, byte for byte; one with less may also end with
exit code 1. No run may hold more than its limit and 400 MB, or take three times as long as the one without a limit.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

CUSTOMERS = 50_000
MIB = 1 << 20
LIMITS = {"none": None, "1GiB": 1024, "512MiB": 512, "256MiB": 256, "128MiB": 128, "64MiB": 64}
MUST_FINISH = ("none", "1GiB", "512MiB")
ALLOWANCE_BYTES = 400 * 1000 * 1000
REPOSITORY = Path(__file__).resolve().parents[2]


def prepared(folder, program):
    """The pipeline of the sample beside large data."""
    (folder / "pipelines").mkdir(parents=True, exist_ok=True)
    for link, target in (("queries", REPOSITORY / "queries"),):
        if not (folder / link).exists():
            (folder / link).symlink_to(target)
    shutil.copy(REPOSITORY / "pipelines/sample.yml", folder / "pipelines/sample.yml")
    data = folder / "pipelines/sample"
    if not data.exists():
        subprocess.run([program, "sample", "-q", "--customers", str(CUSTOMERS), data], check=True)


def run(folder, program, name):
    """Exit code, seconds, peak resident bytes, hash of the tables and the message of a run."""
    output = folder / f"out-{name}"
    shutil.rmtree(output, ignore_errors=True)
    limit = [] if LIMITS[name] is None else ["--memory", name]
    environment = {**os.environ, "STAUNCH_OUTPUT": str(output)}
    started = time.monotonic()
    process = subprocess.Popen(
        [program, "run", "-q", "pipelines/sample.yml", *limit],
        cwd=folder, env=environment, stderr=subprocess.PIPE, text=True,
    )
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - started
    tables = hashlib.sha256()
    for table in sorted((output / "sample/latest").glob("*.parquet")):
        tables.update(table.name.encode() + hashlib.sha256(table.read_bytes()).digest())
    return os.waitstatus_to_exitcode(status), seconds, usage.ru_maxrss * 1024, tables.hexdigest()[:12], message


def problems(name, result, free):
    """What is wrong with a run, given the one without a limit."""
    exit_code, seconds, peak, tables, message = result
    if exit_code == 0 and tables != free[3]:
        yield "its tables differ"
    if exit_code != 0 and (name in MUST_FINISH or exit_code != 1 or not re.match(r"error: .*memory", message)):
        yield f"exit code {exit_code}: {message}"
    if LIMITS[name] is not None and peak > LIMITS[name] * MIB + ALLOWANCE_BYTES:
        yield f"it held {peak // MIB} MiB"
    if seconds > 3 * free[1]:
        yield f"it took {seconds:.0f} s"


def main():
    folder = Path(sys.argv[1]).resolve()
    program = str(Path(sys.argv[2] if len(sys.argv) > 2 else REPOSITORY / "target/release/staunch").resolve())
    prepared(folder, program)
    free, failed = None, False
    print("| limit | exit code | seconds | peak MiB | tables |\n|---|--:|--:|--:|---|")
    for name in LIMITS:
        result = run(folder, program, name)
        free = free or result
        print(f"| {name} | {result[0]} | {result[1]:.0f} | {result[2] // MIB} | {result[3]} |", flush=True)
        for problem in problems(name, result, free):
            print(f"{name}: {problem}", file=sys.stderr)
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
