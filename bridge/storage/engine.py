"""What an engine does for the stores: run a script in a transaction, on SQLite or on PostgreSQL.

A *script* is one transaction written as a generator: it yields statements and is sent their rows. It knows
neither threads nor connections, so both engines run the same one: SQLite on its writer's thread, PostgreSQL
by awaiting. An engine may run it again from the start, so a script is handed over as a function that makes
it, and has no effect but its statements.

Statements are plain SQL with ``?`` for each value; there is no other question mark in any of them.
"""

from collections.abc import Callable, Generator, Iterable, Sequence
from enum import Enum
from typing import Any, Protocol, TypeAlias, TypeVar

from attrs import frozen

T = TypeVar("T")

Row: TypeAlias = Sequence[Any]
Value: TypeAlias = Any
"""``None``, ``int``, ``str``, ``bytes``; PostgreSQL takes lists of them too."""


@frozen
class Run:
    """One statement; its rows come back."""

    sql: str
    args: Sequence[Value] = ()


@frozen
class RunMany:
    """One statement, once for each row of values; nothing comes back."""

    sql: str
    rows: Sequence[Sequence[Value]]


Statement: TypeAlias = Run | RunMany
Script: TypeAlias = Generator[Statement, Sequence[Row], T]
MakeScript: TypeAlias = Callable[[], Script[T]]


class Dialect(Enum):
    """Whose SQL an engine speaks, for the few statements that differ."""

    SQLITE = "sqlite"
    POSTGRES = "postgres"


class Order(Enum):
    """Tables whose row numbers others read as a cursor; the value is the number of the lock."""

    INBOX = 1
    ARRIVALS = 2
    AUDIT = 3


class Engine(Protocol):
    """Everything raises ``StoreUnavailable`` for what may pass, ``StoreRefused`` for our own mistakes."""

    @property
    def dialect(self) -> Dialect: ...

    async def read(self, make: MakeScript[T]) -> T:
        """Run a script that only reads. It sees everything that was written before the call."""

    async def write(self, make: MakeScript[T]) -> T:
        """Run a script in a transaction; when this returns it survives the loss of power.

        After ``StoreUnavailable`` it may still have taken effect, if the connection broke while it was
        being committed: whoever repeats it must be able to.
        """

    async def write_in_order(self, order: Order, make: MakeScript[T]) -> T:
        """The same, one at a time among all bridges: row numbers become visible as they grow.

        A connection that breaks while it is being committed is looked into: the script's result is
        returned if the transaction is there, and it is run again if it is not.
        """

    async def close(self) -> None:
        """Finish what was begun and let go of the database."""


def run(sql: str, *args: Value) -> Script[Sequence[Row]]:
    """``rows = yield from run("SELECT …", value)``"""
    return (yield Run(sql, args))


def run_many(sql: str, rows: Iterable[Sequence[Value]]) -> Script[None]:
    """``yield from run_many("INSERT …", rows)``"""
    collected = list(rows)
    if collected:
        yield RunMany(sql, collected)


def first(sql: str, *args: Value) -> Script[Row | None]:
    """The first row, or None."""
    rows = yield Run(sql, args)
    return rows[0] if rows else None
