"""Another commit of this repository, beside this checkout."""

import contextlib
import os
import subprocess

from .machine import ROOT, Failure, say


@contextlib.contextmanager
def checkout(commit, folder):
    """The commit in a work tree of its own in the folder, for as long as the block lasts."""
    tree = os.path.join(folder, "checkout-" + commit.replace("/", "-"))
    _git("rev-parse", "--verify", "--quiet", commit + "^{commit}", failing=f"expected a commit, but got {commit}")
    _git("worktree", "add", "--detach", tree, commit)
    say(f"  building {commit}")
    try:
        yield tree
    finally:
        subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", tree], capture_output=True)


def _git(*words, failing=None):
    result = subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True)
    if result.returncode != 0:
        raise Failure(failing or f"git {words[0]} failed:\n{result.stderr}")
    return result.stdout
