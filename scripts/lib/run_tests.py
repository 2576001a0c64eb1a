"""Runs every test program of the workspace, several at a time: most of them wait for brokers, databases and clocks.

usage: run_tests.py NAME...      the names of those that take longest, which are begun first
A program is told by its crate and name, such as platform/operator_api; those of the platform run once on SQLite and once on PostgreSQL.
Prints the result of each as it ends, and all that a failing one printed. Exit code 1 when one fails.
"""

import json
import os
import re
import subprocess
import sys
import threading

AT_ONCE = 3
BUILD = ["cargo", "test", "--quiet", "--locked", "--workspace", "--no-run", "--message-format", "json-render-diagnostics"]
DOCUMENTED = ["cargo", "test", "--quiet", "--locked", "--workspace", "--doc"]
RESULT = re.compile(r"^test result: .*", re.MULTILINE)


def programs():
    """Name, command, folder and environment of everything to run."""
    built = subprocess.run(BUILD, stdout=subprocess.PIPE, check=False, text=True)
    if built.returncode:
        sys.exit("!! the tests cannot be built")
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if not message.get("executable") or not message["profile"]["test"]:
            continue
        folder = os.path.dirname(message["manifest_path"])
        crate, here = os.path.basename(folder), {"CARGO_MANIFEST_DIR": folder}
        name = f"{crate}/{message['target']['name']}"
        yield name, [message["executable"]], folder, here
        if crate == "platform":
            postgres = {**here, "MENSHEN_TEST_DATABASE": "postgres"}
            yield f"{name} on PostgreSQL", [message["executable"]], folder, postgres
    yield "examples in the documentation", DOCUMENTED, os.getcwd(), {}


def run(command, folder, environment):
    """Exit code and output."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode, done.stdout.decode(errors="replace")


def work(waiting, failed, lock):
    """Takes one program after another."""
    while True:
        with lock:
            if not waiting:
                return
            name, *what = waiting.pop(0)
        code, output = run(*what)
        with lock:
            if code:
                failed.append(name)
                print(f"\n{output}\n!! {name} ended with {code}\n", flush=True)
            else:
                print(f"   {name}", *RESULT.findall(output), sep="\n   ", flush=True)


def main():
    longest = sys.argv[1:]
    waiting = sorted(programs(), key=lambda program: longest.index(program[0]) if program[0] in longest else len(longest))
    failed, lock = [], threading.Lock()
    lanes = [threading.Thread(target=work, args=(waiting, failed, lock)) for _ in range(AT_ONCE)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    if failed:
        sys.exit(f"!! failed: {', '.join(failed)}")


main()
