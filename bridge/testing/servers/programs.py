"""Finding the programs of the real servers, and saying how to get a missing one."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path


class ServerMissingError(RuntimeError):
    """A program that the tests need is not installed; says how to get it."""


def find_program(name: str, *, package: str, folders: Sequence[Path] = ()) -> str:
    """Return the path of an installed program.

    Looks in PATH, in the folders for system programs, and in ``folders``.
    Raises ServerMissingError with the sentence that helps.
    """
    places = [*os.get_exec_path(), "/usr/sbin", "/sbin", *(str(folder) for folder in folders)]
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        raise ServerMissingError(f"{name} is not installed: run script/test, or apt-get install {package}")
    return found
