"""A local model comes up, goes down, comes back, and says at each moment how it is."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.serving.base import CLOSED, Down, Ready, Restarting, Starting
from assistant.serving.process import Child, Launch, can_listen
from assistant.serving.supervisor import Rules, Served
from semantic_layer.errors import DataError, Text
from tests.assistant.serving.scene import BRISK, ROOT, Scene, ask, eventually, lives

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_comes_up_and_answers_to_its_key_only(scene: Scene) -> None:
    stages: list[Text] = []
    with scene.model() as model:
        assert isinstance(model.state, Down)
        model.start()
        endpoint = model.wait(stages.append)
        assert model.state == Ready(endpoint)
        assert endpoint.url.startswith("http://127.0.0.1:")
        assert endpoint.url.endswith("/v1")
        assert (endpoint.name, endpoint.context) == ("A Small Model", 4096)  # the model was trained for no more
        assert ask(endpoint)[0] == 200
        assert ask(endpoint, key="another")[0] == 401
    assert [(stage.zh, stage.en) for stage in stages] == [
        ("正在载入模型「A Small Model」", "loading the model 'A Small Model'")
    ]


def test_tells_the_server_to_stay_on_this_machine_and_to_keep_questions_to_itself(scene: Scene) -> None:
    with scene.model(threads=3) as model:
        model.start()
        endpoint = model.wait()
        given = json.loads((scene.folder / "params.json").read_text())
        command = Path(f"/proc/{scene.pids[0]}/cmdline").read_text()
    assert given["hostnames"] == "['127.0.0.1']"
    assert given["api_keys"] == f"['{endpoint.key}']"
    assert given["endpoint_slots"] == given["ui"] == "False"
    assert given["offline"] == "True"
    assert given["cors_origins"] == "http://127.0.0.1"
    assert (given["n_ctx"], given["cache_ram_mib"]) == ("4096", "0")
    assert "n_threads=3" in given["cpuparams"]
    assert endpoint.key not in command


def test_starting_twice_starts_one_child(scene: Scene) -> None:
    with scene.model() as model:
        model.start()
        model.start()
        model.wait()
        model.start()
        assert len(scene.pids) == 1


def test_comes_back_after_a_crash_at_the_same_address(scene: Scene) -> None:
    with scene.model() as model:
        model.start()
        before = model.wait()
        os.kill(scene.pids[0], signal.SIGSEGV)
        assert scene.again(model, 2) == before
        assert ask(before)[0] == 200


def test_says_why_while_it_comes_back(scene: Scene) -> None:
    with scene.model(replace(BRISK, first_wait=3600, longest_wait=3600)) as model:
        model.start()
        model.wait()
        os.kill(scene.pids[0], signal.SIGKILL)
        eventually(lambda: isinstance(model.state, Restarting))
        with pytest.raises(DataError, match=r"starting again.*SIGKILL.*Ask again in a moment") as said:
            model.endpoint()
        assert "SIGKILL" in said.value.message.zh


def test_killed_in_the_middle_of_an_answer_it_fails_that_one_and_answers_the_next(scene: Scene) -> None:
    failed: list[Exception] = []
    with scene.model() as model:
        model.start()
        endpoint = model.wait()

        def wait_for_an_answer() -> None:
            try:
                failed.append(AssertionError(ask(endpoint, {"slowly": True})))
            except (OSError, http.client.HTTPException) as error:
                failed.append(error)

        asking = threading.Thread(target=wait_for_an_answer)
        asking.start()
        eventually((scene.folder / "answering").exists)
        os.kill(scene.pids[0], signal.SIGKILL)
        asking.join()
        assert not isinstance(failed[0], AssertionError), failed
        assert ask(scene.again(model, 2))[0] == 200


def test_stays_down_after_too_many_crashes_and_says_so(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "crash")
    with scene.model() as model:
        model.start()
        with pytest.raises(DataError) as said:
            model.wait()
        assert len(scene.pids) == 4  # the first start and three more
        for words in ("4", "10", "code 7", str(scene.log), "is not started again"):
            assert words in said.value.message.en
        assert "不再重新启动" in said.value.message.zh
        assert model.state == Down(said.value.message)
        with pytest.raises(DataError, match="is not started again"):
            model.endpoint()
        scene.write("serve")
        model.start()  # a person may always try again
        assert ask(model.wait())[0] == 200


def test_crashes_that_lie_far_apart_do_not_add_up(scene: Scene) -> None:
    hours = [0.0]
    with scene.model(replace(BRISK, restarts=1, within=600), clock=lambda: hours[0] * 3600) as model:
        model.start()
        model.wait()
        for starts in (2, 3, 4):
            os.kill(scene.pids[-1], signal.SIGKILL)
            scene.again(model, starts)
            hours[0] += 1


def test_beyond_its_memory_it_is_ended_and_says_why(scene: Scene) -> None:
    with scene.model(replace(BRISK, first_wait=3600, longest_wait=3600), memory_mb=300) as model:
        model.start()
        with pytest.raises((OSError, http.client.HTTPException)):
            ask(model.wait(), {"take": 400, "slowly": True})
        eventually(lambda: isinstance(model.state, Restarting))
        assert isinstance(model.state, Restarting)
        for side in (model.state.why.zh, model.state.why.en):
            assert "300 MB" in side
            assert "QUNXIANG_MODEL_MEMORY_MB" in side


def test_comes_back_after_it_was_ended_for_its_memory(scene: Scene) -> None:
    with scene.model(memory_mb=300) as model:
        model.start()
        with pytest.raises((OSError, http.client.HTTPException)):
            ask(model.wait(), {"take": 400, "slowly": True})
        assert ask(scene.again(model, 2))[0] == 200


def test_far_more_than_its_memory_is_refused_by_the_system(scene: Scene) -> None:
    with scene.model(memory_mb=300) as model:
        model.start()
        assert ask(model.wait(), {"take": 3000})[0] == 507


def test_a_server_that_falls_silent_is_started_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "fall silent", "serve")
    with scene.model(replace(BRISK, ask=0.01, answer=0.3)) as model:
        model.start()
        assert ask(scene.again(model, 2))[0] == 200


def test_says_that_it_does_not_answer(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "fall silent")
    with scene.model(replace(BRISK, ask=0.01, answer=0.3, restarts=0)) as model:
        model.start()
        eventually(lambda: isinstance(model.state, Down))
        with pytest.raises(DataError, match="no longer answers"):
            model.endpoint()


def test_gives_up_on_a_model_that_never_finishes_loading(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "load for ever")
    with scene.model(replace(BRISK, loading=0.5, restarts=1)) as model:
        model.start()
        assert isinstance(model.state, Starting)
        with pytest.raises(DataError, match="is starting"):
            model.endpoint()
        with pytest.raises(DataError, match=r"not loaded within 0\.5 seconds"):
            model.wait()
    assert not any(lives(pid) for pid in scene.pids)


def test_a_whole_file_that_cannot_be_loaded_is_tried_once(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "refuse")
    with scene.model() as model:
        model.start()
        with pytest.raises(DataError, match="is whole but cannot be loaded") as said:
            model.wait()
    assert str(scene.log) in said.value.message.zh
    assert "Failed to init server" in scene.log.read_text()
    assert len(scene.pids) == 1


def test_a_file_that_was_cut_off_meanwhile_is_named_as_such(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "serve", "refuse")
    with scene.model() as model:
        model.start()
        model.wait()
        os.truncate(scene.file, scene.file.stat().st_size - 1)
        os.kill(scene.pids[0], signal.SIGBUS)
        eventually(lambda: isinstance(model.state, Down))
        with pytest.raises(DataError, match="is cut off"):
            model.endpoint()
    assert len(scene.pids) == 2


def test_says_which_extra_to_install(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "absent")
    with scene.model() as model:
        model.start()
        with pytest.raises(DataError) as said:
            model.wait()
    assert "qunxiang[local]" in said.value.message.zh
    assert "qunxiang[local]" in said.value.message.en
    assert len(scene.pids) == 1


def test_a_port_that_is_taken_is_named_before_anything_starts(scene: Scene) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with scene.model(port=port) as model:
            with pytest.raises(DataError, match=f"Port {port} is taken") as said:
                model.start()
            assert model.state == Down(said.value.message)
    assert scene.pids == []


def test_takes_the_port_that_was_asked_for(scene: Scene) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    with scene.model(port=port) as model:
        model.start()
        assert model.wait().url == f"http://127.0.0.1:{port}/v1"
        assert not can_listen(port)


def test_takes_another_port_when_somebody_took_its_own_meanwhile(scene: Scene) -> None:
    with scene.model(replace(BRISK, first_wait=1.0, longest_wait=1.0)) as model:
        model.start()
        before = model.wait()
        os.kill(scene.pids[0], signal.SIGKILL)
        eventually(lambda: isinstance(model.state, Restarting))
        with socket.create_server(("127.0.0.1", int(before.url.split(":")[2].split("/")[0]))):
            after = scene.again(model, 2)
    assert after.url != before.url
    assert after.key == before.key


def test_closing_ends_the_child_and_may_be_done_twice(scene: Scene) -> None:
    model = scene.model()
    model.start()
    model.wait()
    model.close()
    model.close()
    assert model.state == CLOSED
    assert not lives(scene.pids[0])
    with pytest.raises(DataError, match="has been closed"):
        model.endpoint()


def test_closing_while_it_loads_ends_the_child(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "load for ever")
    model = scene.model(replace(BRISK, ending=0.1))
    model.start()
    eventually(lambda: scene.pids)
    model.close()
    assert not lives(scene.pids[0])


@pytest.mark.parametrize("word", ["serve", "load for ever"])
def test_the_child_dies_with_its_parent(tmp_path: Path, word: str) -> None:
    scene = Scene(tmp_path, word)
    command = [sys.executable, "-m", "tests.assistant.serving.scene", str(tmp_path), word]
    with subprocess.Popen(command, cwd=ROOT) as parent:
        eventually((tmp_path / "params.json").exists)
        assert lives(scene.pids[0])
        parent.kill()
    eventually(lambda: not lives(scene.pids[0]))


def launch_of(scene: Scene, **changes) -> Launch:
    served = scene.served()
    plain = {"model": served.path, "name": "x", "context": 512, "threads": 1, "memory_mb": 512, "lean": True}
    return Launch(**{**plain, "key": "k", "log": served.log, "program": served.program, **changes})


def test_the_child_goes_when_its_input_ends(scene: Scene) -> None:
    child = Child(launch_of(scene), 0)
    eventually(lambda: child.port)
    child._stdin.close()
    eventually(lambda: child.code is not None)
    assert child.code == 0


def test_a_child_whose_parent_is_gone_before_it_gave_a_key_does_not_serve(scene: Scene) -> None:
    command = launch_of(scene).command(0)
    assert subprocess.run(command, stdin=subprocess.DEVNULL, cwd=ROOT, check=False).returncode == 66


def test_a_program_that_cannot_be_started_is_said(scene: Scene) -> None:
    with scene.model(program=("/no/such/program",)) as model:
        model.start()
        with pytest.raises(DataError, match="/no/such/program"):
            model.wait()


def test_a_log_that_cannot_be_written_is_said(scene: Scene) -> None:
    with scene.model(log=scene.file / "model.log") as model:
        model.start()
        with pytest.raises(DataError, match="Check that the log"):
            model.wait()


def test_a_long_log_is_put_aside(scene: Scene) -> None:
    scene.log.parent.mkdir()
    scene.log.write_bytes(b"x" * 5_000_001)
    with scene.model() as model:
        model.start()
        model.wait()
    assert scene.log.stat().st_size < 5_000_000
    assert scene.log.with_name("model.log.old").stat().st_size == 5_000_001


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_of_our_own_leaves_it_down_and_no_child_behind(scene: Scene) -> None:
    def broken_clock() -> float:
        raise ZeroDivisionError

    with scene.model(clock=broken_clock) as model:
        model.start()
        with pytest.raises(DataError, match="unexpected error"):
            model.wait()
    assert not any(lives(pid) for pid in scene.pids)


@pytest.mark.parametrize("page", ["local-model.md", "local-model.zh-CN.md"])
def test_the_page_for_users_tells_the_defaults(scene: Scene, page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    plain, rules = Served(path=scene.file, log=scene.log), Rules()
    for name, value in {
        "CONTEXT": plain.context,
        "THREADS": plain.threads,
        "MEMORY_MB": plain.memory_mb,
        "PORT": plain.port,
    }.items():
        assert f"| `QUNXIANG_MODEL_{name}` | `{value}` |" in text
    assert [rules.first_wait * 2**n for n in range(rules.restarts)] == [1, 2, 4]
    assert rules.within == 600
