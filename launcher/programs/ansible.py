#!/usr/bin/env python3
"""Brings Ansible into a folder: ansible-core and what its modules want from PyPI, held to the hashes that stand beside this
file, and of the ansible package the collections that the team works with. Needs Python 3.11 or later, and pip."""

import compileall
import hashlib
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
REQUIREMENTS, PACKAGE = HERE / "ansible-requirements.txt", HERE / "ansible-collections.txt"
COLLECTIONS = (
    "ansible/posix",
    "community/crypto",
    "community/general",
    "community/library_inventory_filtering_v1",  # others use it
    "community/proxmox",
    "kubernetes/core",
)
PROGRAMS = {
    "ansible": "adhoc",
    "ansible-doc": "doc",
    "ansible-galaxy": "galaxy",
    "ansible-inventory": "inventory",
    "ansible-playbook": "playbook",
    "ansible-vault": "vault",
}
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input")
HELD = ("--no-deps", "--require-hashes", "--only-binary", ":all:", "--quiet")


def stamp():
    """Another one of anything that counts is another stamp."""
    digest = hashlib.sha256()
    for file in (REQUIREMENTS, PACKAGE, pathlib.Path(__file__)):
        digest.update(file.read_bytes())
    return f"{digest.hexdigest()} {sys.executable} {sys.version_info[0]}.{sys.version_info[1]}\n"


def is_there(folder):
    return (folder / "stamp").is_file() and (folder / "stamp").read_text() == stamp()


def bring(folder):
    if sys.version_info < (3, 11):
        sys.exit(f"Ansible needs Python 3.11 or later, and {sys.executable} is {sys.version.split()[0]}: too old")
    if is_there(folder):
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".ansible-") as made:
        build(pathlib.Path(made) / "new", pathlib.Path(made) / "wheel")
        shutil.rmtree(folder, ignore_errors=True)
        (pathlib.Path(made) / "new").rename(folder)


def build(new, wheels):
    library = new / "lib"
    pip("install", "--target", library, "-r", REQUIREMENTS)
    shutil.rmtree(library / "ansible_test", ignore_errors=True)
    pip("download", "-d", wheels, "-r", PACKAGE)
    with zipfile.ZipFile(next(wheels.glob("*.whl"))) as wheel:
        wanted = tuple(f"ansible_collections/{name}/" for name in COLLECTIONS)
        parts = [name for name in wheel.namelist() if name.startswith(wanted) and "/tests/" not in name]
        wheel.extractall(library, parts)
    compileall.compile_dir(library / "ansible_collections", quiet=2)
    (new / "bin").mkdir()
    for program, module in PROGRAMS.items():
        write_program(new / "bin" / program, module)
    (new / "stamp").write_text(stamp())


def pip(command, *arguments):
    """Ends with one line when the packages cannot be had, or are others than those pinned."""
    run = subprocess.run([*PIP, command, *HELD, *arguments], stderr=subprocess.PIPE, text=True)
    if run.returncode == 0:
        return
    said = [line for line in run.stderr.splitlines() if line.strip()] or [f"exit code {run.returncode}"]
    why = next((line for line in said if line.startswith("ERROR:")), said[-1])
    sys.exit(f"Ansible cannot be brought; it needs a network to PyPI. pip {command} says: {why[:300]}")


def write_program(file, module):
    """The folder may be moved; the Python is the one that the packages were made for."""
    file.write_text(
        "#!/bin/sh\n"
        'here=$(dirname -- "$(readlink -f -- "$0")")\n'
        f'PYTHONPATH=$here/../lib exec {sys.executable} -m ansible.cli.{module} "$@"\n'
    )
    file.chmod(0o755)


if __name__ == "__main__":
    place = pathlib.Path(sys.argv[-1]).resolve()
    if sys.argv[1] == "--is-there":
        sys.exit(not is_there(place))
    bring(place)
