"""The locks and the Makefile: what a fresh checkout stands on."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
LOCKS = ["prod.lock", "dev.lock", "build.lock", "mcp.lock", "nlp.lock"]


def pins(lock: str) -> list[tuple[str, str]]:
    """Each package of the lock and its version; twice, where the platform decides between two versions."""
    text = (ROOT / "requirements" / lock).read_text()
    return re.findall(r"^([a-z0-9-]+)==([^ ]+)", text, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_has_a_hash_for_every_package(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    assert not re.search(r"://|^--| @ ", text, re.MULTILINE)
    hashed = re.findall(r"^[a-z].*\\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
    assert len(hashed) == len(pins(lock)) > 0


def test_the_locks_of_extras_hold_all_of_the_production_lock() -> None:
    assert set(pins("prod.lock")) <= set(pins("mcp.lock")) <= set(pins("dev.lock"))


def test_the_locks_satisfy_the_project_file() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {"prod.lock": project["dependencies"]}
    wanted |= {f"{extra}.lock": needed for extra, needed in project["optional-dependencies"].items()}
    for lock, requirements in wanted.items():
        for requirement in map(Requirement, requirements):
            name = canonicalize_name(requirement.name)
            versions = [version for pinned, version in pins(lock) if pinned == name]
            assert versions, f"{name} is not in {lock}: run `make lock`"
            assert all(map(requirement.specifier.contains, versions)), f"{requirement}: run `make lock`"


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("exit 1", "Onrecord needs Python 3.11 or newer, and {python} is not; name another as in: make demo"),
        ('case "$2" in *ensurepip*) exit 1; esac', "This Python cannot make environments; on Debian"),
    ],
    ids=["too old", "without ensurepip"],
)
def test_make_refuses_an_unfit_python_in_one_sentence(tmp_path: Path, script: str, sentence: str) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    (tmp_path / "pyproject.toml").touch()
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    finished = subprocess.run(
        ["make", "demo", f"PYTHON={python}"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},  # it may run in a make
        capture_output=True,
        text=True,
        check=False,
    )
    said, *rest = finished.stderr.splitlines()
    assert said.startswith(sentence.format(python=python))
    assert [line.partition(":")[0] for line in rest] == ["make"]
    assert finished.returncode != 0
    assert not (tmp_path / ".venv").exists()
