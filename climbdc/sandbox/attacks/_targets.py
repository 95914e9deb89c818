"""What the host tells an attack about where to go. It never holds what is to be stolen."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

__all__ = ["STEM", "XATTR", "Ipc", "Process", "Targets"]

STEM = "climbdc-canary-"
"""How everything that is to be stolen begins; 32 random characters follow, which only the host knows."""

XATTR = "user.climbdc-canary"
"""Name of an attribute of files that holds one."""


class Process(BaseModel, frozen=True):
    """A process whose memory holds a canary.

    Args:
        pid: Its number.
        address: Where the canary lies.
    """

    pid: int
    address: int


class Ipc(BaseModel, frozen=True):
    """What other programs share; -1 where the system has none.

    Args:
        queue: Number of a message queue.
        segment: Number of shared memory.
        semaphore: Number of a semaphore.
        named_queue: Name of a message queue.
    """

    queue: int = -1
    segment: int = -1
    semaphore: int = -1
    named_queue: str = "/climbdc"


class Targets(BaseModel, frozen=True):
    """Where attacks go.

    Args:
        mark: How the names of files begin that an attack leaves; the host removes them.
        shadow: Password files.
        secrets: Files nobody gave to the job.
        folder: A folder of the host with such files.
        work: A folder of the host that its user may write to.
        places: Folders where programs commonly may write.
        data: The job's input, by its name on the host.
        application: A program file of the host.
        processes: Processes of the host that hold a canary.
        victims: Processes that may be ended.
        host: The process that runs the sandbox.
        tcp: Addresses that listen on this machine.
        udp: An address that listens on this machine.
        unix: Paths of stream sockets; one that begins with `@` is abstract.
        datagrams: Path of a datagram socket.
        terminal: A terminal of the host.
        ipc: What programs of the host share.
        memory_mb: What the job may use, in MiB.
        round: 1 or 2, for attacks that need two jobs.
    """

    model_config = ConfigDict(extra="forbid")

    mark: str
    shadow: list[str]
    secrets: list[str]
    folder: str
    work: str
    places: list[str]
    data: str
    application: str
    processes: list[Process]
    victims: list[int]
    host: int
    tcp: list[tuple[str, int]]
    udp: tuple[str, int]
    unix: list[str]
    datagrams: str
    terminal: str
    ipc: Ipc = Ipc()
    memory_mb: int
    round: int = 1
