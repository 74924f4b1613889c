"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from ..errors import FileError


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` only when all of it is on the disk.

    Whatever goes wrong before that, Ctrl-C included, leaves what was at `path` as it was, and nothing
    beside it.

    Raises:
        FileError: if the folder is missing or cannot be written to, or the disk is full.
    """
    target = os.path.realpath(path)  # a link stays a link
    folder, name = os.path.split(target)
    if os.path.isdir(target):
        raise FileError(f"{path}: cannot be written, it is a folder: give a file's name")
    if not os.path.isdir(folder):
        raise FileError(f"{path}: cannot be written, there is no folder {folder}: make it first")
    draft = os.path.join(folder, f".{name}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    try:
        try:
            with open(draft, "xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if os.path.exists(target):
                shutil.copymode(target, draft)
            os.replace(draft, target)
        except BaseException:
            if os.path.exists(draft):
                os.remove(draft)
            raise
        if os.name == "posix":  # the new name is on the disk once the folder is
            with suppress(OSError):  # some file systems cannot
                fd = os.open(folder, os.O_RDONLY)
                try:
                    os.fsync(fd)
                finally:
                    os.close(fd)
    except OSError as error:
        why = error.strerror or str(error)
        raise FileError(f"{path}: cannot be written ({why}): what was there is unchanged") from error
