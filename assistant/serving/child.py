"""The program that serves a model file: an OpenAI-compatible server on 127.0.0.1 that ends when its parent does.

Started by `assistant.serving.process`, which gives the key as the first line of the standard input and keeps that input
open for as long as the server is wanted. `{"listening": PORT}` on the standard output says that the model is loaded.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import signal
import sys
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

HOST = "127.0.0.1"
_PR_SET_PDEATHSIG = 1
_RESERVED_MB = 512  # stacks and buffers that are reserved and never filled count too


class ExitCode(IntEnum):
    """Why the program ended by itself."""

    NOT_INSTALLED = 64
    CANNOT_LOAD = 65
    UNWANTED = 66  # the parent had ended before it gave a key


def main(arguments: Sequence[str] | None = None) -> int:
    """Load the model and serve it until the standard input ends. Returns an `ExitCode` when it cannot."""
    asked = _arguments().parse_args(arguments)
    _die_with_parent()
    if not (key := sys.stdin.readline().strip()):
        return ExitCode.UNWANTED
    try:
        import xllamacpp  # noqa: PLC0415  # an extra
    except ImportError as error:
        sys.stderr.write(f"{error}\n")
        return ExitCode.NOT_INSTALLED
    _bound_memory(asked.memory_mb)
    wanted = xllamacpp.CommonParams()
    wanted.model.path = str(asked.model)
    wanted.model_alias = {asked.name}
    wanted.hostnames, wanted.port, wanted.api_keys = [HOST], asked.port, [key]
    wanted.cors_origins = f"http://{HOST}"  # no page of the web may use the model
    wanted.ui, wanted.endpoint_slots, wanted.offline = False, False, True  # a slot would show what was asked
    wanted.n_ctx, wanted.n_parallel, wanted.fit_params = asked.context, 1, False
    wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = asked.threads
    wanted.use_jinja = True
    # The start of the last prompt stays in the context anyway; copies of older ones would grow to gigabytes.
    wanted.cache_ram_mib, wanted.n_ctx_checkpoints = 0, 0
    wanted.no_extra_bufts = asked.lean
    wanted.verbosity = 2  # warnings: what is asked is never written to the log
    try:
        server = xllamacpp.Server(wanted)
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return ExitCode.CANNOT_LOAD
    sys.stdout.write(json.dumps({"listening": int(server.listening_address.rpartition(":")[2])}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    os._exit(0)  # an answer that is being written must not hold up the end


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--name", required=True, help="what the model is called in answers")
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--context", type=int, required=True, help="tokens")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--memory-mb", type=int, required=True)
    parser.add_argument("--lean", action="store_true", help="keep no second copy of the weights")
    return parser


def _die_with_parent() -> None:
    """Ask Linux for the end together with the parent; elsewhere, and before, the end of the standard input tells.

    Both are needed: while the model loads, nothing can read the standard input.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _bound_memory(most_mb: int) -> None:
    """Let the system refuse more than the bound. This counts what is allocated and not the mapped model file, which a
    bound on addresses (RLIMIT_AS) would count; who started us watches the sum.
    """
    import resource  # noqa: PLC0415  # not on every system

    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = (most_mb + _RESERVED_MB) << 20
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    sys.exit(main())
