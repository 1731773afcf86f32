"""What a reader remembers of a file does not grow with it."""

import subprocess
import sys

PROGRAM = """
from pathlib import Path
from app.extract.readers.seen import Seen

def peak():
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

seen = Seen()
for number in range(100_000):
    assert seen.add(f"post-{number}")
before = peak()
for number in range(100_000, 400_000):
    seen.add(f"post-{number}")
assert not seen.add("post-0")
print(peak() - before)
"""


def test_ids_are_remembered_in_memory_that_does_not_grow() -> None:
    """In KiB: three hundred thousand more ids would be thirty thousand in a set."""
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 3000
