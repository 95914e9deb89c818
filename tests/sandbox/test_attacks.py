"""Every attack of the suite is made and contained by every backend; and what single answers and limits come to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import climbdc
from climbdc.errors import InputError
from climbdc.sandbox import Job, JobLimits, LimitHit, Ok, Sandbox, SandboxFailed
from climbdc.sandbox.attacks import (
    BackendReport,
    attack_backend,
    attack_names,
    attack_specs,
    page_attacks,
    run_suite,
)

BACKENDS = {"docker", "bubblewrap", "landlock"}
PROTOTYPE = (
    "read_shadow read_ssh_key read_other_patient env_secret proc_parent_environ proc_parent_mem list_host_procs "
    "tcp_localhost tcp_outside udp_outside_dns unix_sockets odd_sockets fork_bomb mem_64g_one_proc mem_many_procs "
    "mem_shm disk_fill_one_file disk_fill_many_files inode_fill giant_stdout write_outside symlink_escape "
    "modify_input poison_runtime infinite_loop infinite_loop_c ignore_sigterm background_daemon kill_parent kill_all "
    "kernel_surface exec_shell setuid_nnp devices"
).split()


@pytest.fixture(scope="module")
def report(backend: str) -> BackendReport:
    """The whole suite on one backend."""
    return attack_backend(backend)


@pytest.mark.parametrize("name", attack_names())
def test_attack_is_made_and_contained(report: BackendReport, name: str) -> None:
    result = next(item for item in report.attacks if item.name == name)
    assert result.tried and result.contained, result.detail


def test_a_report_is_whole_and_timed(report: BackendReport) -> None:
    assert [result.name for result in report.attacks] == attack_names() and report.holds
    assert report.latency is not None and 0 < report.latency.empty_p50_ms <= report.latency.empty_p95_ms


def test_the_suite_has_all_attacks_of_the_prototype() -> None:
    assert len(PROTOTYPE) == 34 and set(PROTOTYPE) <= set(attack_names())


def test_the_page_shows_every_attack_contained() -> None:
    page = Path(climbdc.__file__).parents[1] / "docs" / "security.md"
    shown = page_attacks(page.read_text(encoding="utf-8"))
    assert list(shown) == attack_names()
    for name, verdicts in shown.items():
        wanted = "works" if attack_specs()[name].ends == "works" else "contained"
        assert set(verdicts) == BACKENDS and set(verdicts.values()) == {wanted}, name


def test_an_unknown_attack_is_named(sandbox: Sandbox) -> None:
    with pytest.raises(InputError, match=r"no attack called 'tickle'.*read_shadow"):
        run_suite(sandbox, ["tickle"])


def test_some_attacks_can_be_chosen_and_keep_their_order(sandbox: Sandbox) -> None:
    assert [result.name for result in run_suite(sandbox, ["devices", "read_shadow"])] == ["read_shadow", "devices"]


@pytest.fixture
def leftovers() -> Iterator[None]:
    """Nothing an attack made is there afterwards."""
    folders = [Path("/tmp"), Path("/dev/shm"), Path("/var/tmp"), Path.home(), Path.cwd()]
    before = {path for folder in folders if folder.exists() for path in folder.glob("climbdc-left-*")}
    yield
    after = {path for folder in folders if folder.exists() for path in folder.glob("climbdc-left-*")}
    assert after <= before


def attempt(sandbox: Sandbox, *sources: str) -> dict[str, str]:
    outcome = sandbox.run(Job("attempt", {"try": list(sources)}))
    assert isinstance(outcome, Ok), outcome
    return outcome.payload


def test_nowhere_to_write_but_null(sandbox: Sandbox, leftovers: None) -> None:
    assert list(attempt(sandbox, "open('/dev/null', 'w').write('gone')").values()) == ["did: 4"]


def test_memory_of_64_gigabytes(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("memory", {"megabytes": 64 << 10}, limits=JobLimits(memory_mb=512)))
    assert isinstance(outcome, LimitHit) and outcome.limit == "memory"


def test_threads_are_limited(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("thread_bomb", {}, limits=JobLimits(wall_seconds=30)))
    assert isinstance(outcome, LimitHit) and outcome.limit in ("processes", "memory")


def test_a_thread_left_behind_ends_with_its_job(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("leave_thread", {}))
    # A process whose ending was counted is gone, its threads with it.
    assert isinstance(outcome, Ok) and outcome.usage.exit_code is not None


def test_giant_printing_is_cut(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("huge_print", {}))
    assert isinstance(outcome, Ok) and len(outcome.usage.output) == 64_000


def test_a_flood_of_progress_ends_at_the_deadline(sandbox: Sandbox) -> None:
    heard: list[float] = []
    job = Job("flood", {}, limits=JobLimits(wall_seconds=0.5))
    outcome = sandbox.run(job, lambda share, text: heard.append(share))
    assert isinstance(outcome, LimitHit) and outcome.limit == "time"
    assert 0 < len(heard) <= 10_000


@pytest.mark.parametrize("what", "letters pickle nan unknown-kind extra-field negative lz4 progress".split())
def test_hostile_answers(sandbox: Sandbox, what: str) -> None:
    outcome = sandbox.run(Job("forge", {"what": what}))
    assert isinstance(outcome, SandboxFailed) and "cannot be trusted" in outcome.detail


def test_an_oversize_announcement_is_not_read(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("forge", {"what": "big-table"}))
    assert isinstance(outcome, LimitHit) and outcome.limit == "output"


def test_an_answer_cut_short(sandbox: Sandbox) -> None:
    outcome = sandbox.run(Job("forge", {"what": "cut"}))
    assert isinstance(outcome, SandboxFailed) and "exit code 0" in outcome.detail
