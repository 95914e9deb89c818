"""Known misuse from inside is refused. Every attempt stays on this machine."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import psutil
import pytest

from climbdc.sandbox import Job, JobLimits, LimitHit, Ok, Sandbox, SandboxFailed


def attempt(sandbox: Sandbox, *sources: str) -> dict[str, str]:
    outcome = sandbox.run(Job("attempt", {"try": list(sources)}))
    assert isinstance(outcome, Ok), outcome
    assert list(outcome.payload) == list(sources)
    return outcome.payload


def assert_all_refused(told: dict[str, str]) -> None:
    assert [source for source, said in told.items() if said.startswith("did")] == []


def test_reading(sandbox: Sandbox, tmp_path: Path) -> None:
    other = tmp_path / "other_patient.csv"
    other.write_text("name\nsecret\n", encoding="utf-8")
    told = attempt(
        sandbox,
        "open('/etc/shadow').read()",
        "open('/etc/passwd').read()",
        f"open({str(other)!r}).read()",
        f"os.listdir({str(tmp_path)!r})",
        f"os.listdir({str(Path.home())!r})",
        "os.listdir('/proc')",
        "open('/proc/1/cmdline').read()",
        f"open('/proc/{os.getpid()}/mem', 'rb').read(1)",
        f"open('/proc/{os.getpid()}/environ', 'rb').read()",
        "open('/proc/self/environ', 'rb').read()",
    )
    assert_all_refused(told)
    assert set(told.values()) == {"PermissionError"}


def test_no_secret_in_the_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIMBDC_API_KEY", "hidden")
    told = attempt(sandbox, "'CLIMBDC_API_KEY' in os.environ", "len(os.environ) < 30")
    assert list(told.values()) == ["did: False", "did: True"]


def test_writing(sandbox: Sandbox, tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("as it was", encoding="utf-8")
    before = victim.stat()
    path = str(victim)
    told = attempt(
        sandbox,
        f"open({path!r}, 'w').write('changed')",
        f"open({path!r}, 'a').write('changed')",
        f"os.open({path!r}, os.O_RDONLY | os.O_TRUNC)",
        f"os.truncate({path!r}, 0)",
        f"os.unlink({path!r})",
        f"os.rename({path!r}, {path + '2'!r})",
        f"os.symlink('/etc/shadow', {str(tmp_path / 'link')!r})",
        f"os.link({path!r}, {str(tmp_path / 'hard')!r})",
        f"os.mkdir({str(tmp_path / 'folder')!r})",
        f"os.mkfifo({str(tmp_path / 'pipe')!r})",
        f"os.chmod({path!r}, 0o777)",
        f"os.chown({path!r}, 1, 1)",
        f"os.utime({path!r}, (0, 0))",
        f"os.setxattr({path!r}, 'user.x', b'y')",
        "open('/tmp/climbdc_should_not_be', 'w')",
        "open('/dev/shm/climbdc_should_not_be', 'w')",
        f"open({str(Path(__file__).parent / 'poison.py')!r}, 'w')",
        "os.memfd_create('x')",
    )
    assert_all_refused(told)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["victim.txt"]
    after = victim.stat()
    assert (before.st_mode, before.st_size, before.st_mtime_ns) == (after.st_mode, after.st_size, after.st_mtime_ns)
    assert not Path("/tmp/climbdc_should_not_be").exists()


def test_the_input_cannot_be_changed(sandbox: Sandbox, frame_file: Path) -> None:
    before = frame_file.read_bytes()
    sources = [f"os.pwrite({number}, b'x', 0)" for number in range(3, 12)]
    sources += [f"os.ftruncate({number}, 0)" for number in range(3, 12)]
    outcome = sandbox.run(Job("attempt", {"try": sources}, {"train": frame_file}))
    assert isinstance(outcome, Ok)
    assert frame_file.read_bytes() == before


def test_nowhere_to_write_but_null(sandbox: Sandbox) -> None:
    told = attempt(sandbox, "open('/dev/null', 'w').write('gone')")
    assert list(told.values()) == ["did: 4"]


def test_network(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "s"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as unix,
    ):
        udp.bind(("127.0.0.1", 0))
        unix.bind(str(path))
        unix.listen()
        told = attempt(
            sandbox,
            f"socket.create_connection(('127.0.0.1', {tcp.getsockname()[1]}), 1)",
            f"socket.socket(2, 2).sendto(b'x', ('127.0.0.1', {udp.getsockname()[1]}))",
            f"socket.socket(1, 1).connect({str(path)!r})",
            "socket.socket(40, 1)",
            "socket.socket(17, 3)",
            "socket.socket(16, 3)",
            "socket.socket(2, 3, 1)",
            "socket.socket(38, 5)",
            "socket.socketpair(1, 2)",
            f"socket.socket(fileno=os.dup(3)).connect({str(path)!r})",
        )
        assert_all_refused(told)
        for listener in (tcp, udp, unix):
            listener.setblocking(False)
            with pytest.raises(BlockingIOError):
                listener.recv(1) if listener is udp else listener.accept()


def test_processes_signals_and_limits(sandbox: Sandbox) -> None:
    me = os.getpid()
    told = attempt(
        sandbox,
        "os.fork()",
        "os.execv('/bin/sh', ['sh', '-c', 'id'])",
        "os.posix_spawn('/bin/sh', ['sh'], {})",
        "os.kill(os.getppid(), 9)",
        f"os.kill({me}, 9)",
        "os.kill(-1, 0)",
        "os.killpg(0, 9)",
        f"os.pidfd_open({me})",
        "os.setsid()",
        "os.setreuid(0, 0)",
        "os.nice(-5)",
        f"os.sched_setaffinity({me}, [0])",
        f"os.setpriority(os.PRIO_PROCESS, {me}, 19)",
        "__import__('resource').setrlimit(9, (-1, -1))",
        "__import__('resource').prlimit(os.getppid(), 9, (1 << 20, 1 << 20))",
        "__import__('fcntl').fcntl(0, 8, os.getppid())",
    )
    assert_all_refused(told)
    assert psutil.pid_exists(me)


def test_system_calls_by_number(sandbox: Sandbox) -> None:
    call = "(lambda r: r if r >= 0 else 1 / 0)(ctypes.CDLL(None).syscall({}))"
    names = {"ptrace": "101, 0, 0, 0, 0", "unshare": "272, 0x10000000", "bpf": "321, 0, 0, 0", "keyctl": "250, 0, 0"}
    names |= {
        "io_uring": "425, 1, 0",
        "userfaultfd": "323, 0",
        "perf": "298, 0, 0, 0, 0, 0",
        "shmget": "29, 0, 4096, 0o1600",
    }
    names |= {"clone newuser": "56, 0x10010000, 0, 0, 0, 0", "vsyscall fork": "57", "clone3": "435, 0, 0"}
    names |= {"queue a signal": f"129, {os.getpid()}, 9, 0", "die with nobody": "157, 1, 0, 0, 0"}
    if os.uname().machine != "x86_64":
        pytest.skip("the numbers are those of x86_64")
    told = attempt(sandbox, *(call.format(arguments) for arguments in names.values()))
    assert set(told.values()) == {"ZeroDivisionError"}


def test_only_its_own_socket_is_open(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("open_files", {}))
    assert isinstance(outcome, Ok)
    assert outcome.payload["files"] == [0, 1, 2, outcome.payload["socket"]]


def test_memory_of_64_gigabytes(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("memory", {"megabytes": 64 << 10}, limits=JobLimits(memory_mb=512)))
    assert isinstance(outcome, LimitHit) and outcome.limit == "memory"


def test_threads_are_limited(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("thread_bomb", {}, limits=JobLimits(wall_seconds=30)))
    assert isinstance(outcome, LimitHit) and outcome.limit in ("processes", "memory")


def test_a_thread_left_behind_ends_with_its_job(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("leave_thread", {}))
    assert isinstance(outcome, Ok) and not psutil.pid_exists(outcome.payload["pid"])


def test_giant_printing_is_cut(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("huge_print", {}))
    assert isinstance(outcome, Ok) and len(outcome.usage.output) == 64_000


def test_a_flood_of_progress_ends_at_the_deadline(sandbox: Sandbox) -> None:
    heard: list[float] = []
    job = Job("flood", {}, limits=JobLimits(wall_seconds=0.5))
    outcome = sandbox.run(job, lambda share, text: heard.append(share))
    assert isinstance(outcome, LimitHit) and outcome.limit == "time"
    assert len(heard) <= 10_000


@pytest.mark.parametrize(
    "what",
    "letters pickle not-json nan deep long-number unknown-kind extra-field big-header negative bytes offsets zstd lz4 "
    "run-ends many-nulls progress".split(),
)
def test_hostile_answers(sandbox: Sandbox, what: str) -> None:
    outcome = sandbox.run(Job("forge", {"what": what}))
    assert isinstance(outcome, SandboxFailed) and "cannot be trusted" in outcome.detail


def test_an_oversize_announcement_is_not_read(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("forge", {"what": "big-table"}))
    assert isinstance(outcome, LimitHit) and outcome.limit == "output"


def test_an_answer_cut_short(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("forge", {"what": "cut"}))
    assert isinstance(outcome, SandboxFailed) and "exit code 0" in outcome.detail
