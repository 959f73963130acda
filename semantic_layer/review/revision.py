"""The definitions of a folder as they were in a revision of its git repository."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from semantic_layer.errors import DataError, Text


def folder_at(folder: Path, revision: str, into: Path) -> Path:
    """Write the `*.yml` files that `folder` had at `revision` into `into`; the repository is only read.

    Raises:
        DataError: when the folder is in no repository, or the revision is not known or has no definitions there.
    """
    top = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
    commit = _git(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    inside = folder.resolve().relative_to(top.resolve()).as_posix()
    prefix = "" if inside == "." else f"{inside}/"
    listed = _git(top, "ls-tree", "-z", "--name-only", commit, *([prefix] if prefix else []))
    names = [name for name in listed.decode().split("\0") if name.endswith(".yml")]
    if not names:
        raise DataError(
            Text(
                f"版本「{revision}」里没有文件夹「{inside}」的定义。",
                f"The revision {revision!r} has no definitions in {inside!r}.",
            )
        )
    into.mkdir(parents=True, exist_ok=True)
    for name in names:
        (into / Path(name).name).write_bytes(_git(top, "show", f"{commit}:{name}"))
    return into


def _git(folder: Path, *arguments: str) -> bytes:
    program = shutil.which("git")
    if program is None:
        raise DataError(Text("这台机器上没有 git。", "There is no git on this machine."))
    done = subprocess.run([program, "-C", str(folder), *arguments], capture_output=True, check=False)  # noqa: S603  # fixed commands
    if done.returncode:
        why = done.stderr.decode(errors="replace").strip().splitlines()
        reason = why[-1] if why else "?"
        raise DataError(
            Text(
                f"git 读不到：{reason}。请给出「{folder}」所在仓库里的分支、标签或提交。",
                f"git cannot read it: {reason}. Name a branch, tag or commit of the repository that holds {str(folder)!r}.",
            )
        )
    return done.stdout
