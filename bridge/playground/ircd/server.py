"""The server: listens, hands lines to commands, and plays tricks when a test asks for one."""

import asyncio
import ssl
from typing import Self

from bridge.networks.irc.protocol.line import InvalidLine, Line, parse_line
from bridge.playground.ircd.client import Client
from bridge.playground.ircd.commands import COMMANDS
from bridge.playground.ircd.connection import Connection
from bridge.playground.ircd.labels import LabelledAnswer, is_label
from bridge.playground.ircd.settings import LongLines, Settings
from bridge.playground.ircd.splits import Split, heal, tear
from bridge.playground.ircd.world import World

# What a server that has lost its mind might send: no line, half a line, every
# byte there is, a line without end, and lines that look right and mean nothing.
_NONSENSE = (
    b"\x00\xff\xfe\r\n"
    b":\r\n@ \r\n: : :\r\n@a=\\\r\n"
    + bytes(range(256))
    + b"\r\n"
    + b":irc.playground 005\r\n:x 353\r\n:x 366 a\r\n:x MODE\r\n:x CAP\r\n:x BATCH\r\n"
    + b":x PRIVMSG\r\n:!@ JOIN :\r\n999 "
    + b"x" * 20_000
    + b"\r\n"
)


class PlaygroundServer:
    """An IRC server on this event loop.

    ``async with PlaygroundServer() as server`` starts it on a free port of the
    loopback interface; ``server.port`` is the number. With ``tls`` it speaks nothing else.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.world = World(self.settings)
        self.host = host
        self.port = port
        self._tls = tls
        self._listener: asyncio.Server | None = None
        self._connections: dict[Client, Connection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._mute = False

    @property
    def url(self) -> str:
        return f"{'ircs' if self._tls else 'irc'}://{self.host}:{self.port}"

    # Life.

    async def start(self) -> None:
        """Listen; after a ``stop`` on the same port as before."""
        self._listener = await asyncio.start_server(self._accept, self.host, self.port, ssl=self._tls)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Say goodbye to every client and wait until all are gone."""
        if self._listener is None:
            return
        self._listener.close()
        for client in list(self._connections):
            client.close("Server shutting down")
        await self._end_tasks()
        await self._listener.wait_closed()
        self._listener = None

    async def kill(self) -> None:
        """End as a crash would: every connection is cut without a word."""
        if self._listener is not None:
            self._listener.close()
        for connection in list(self._connections.values()):
            connection.abort("killed")
        await self._end_tasks()
        self._listener = None

    async def restart(self) -> None:
        """Stop and start on the same port, with all channels forgotten."""
        await self.stop()
        await self.start()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # Tricks.

    def mute(self) -> None:
        """From now on accept everything and answer nothing, on every connection."""
        self._set_mute(True)

    def unmute(self) -> None:
        """Answer again; what was to be said in the meantime is lost."""
        self._set_mute(False)

    def say_nonsense(self) -> None:
        """Send every client a heap of bytes that are not IRC."""
        for connection in self._connections.values():
            connection.write(_NONSENSE)

    def say_raw(self, nick: str, data: bytes) -> None:
        """Send one client any bytes; add the line end yourself."""
        self._connections[self.world.nicks[nick]].write(data)

    def drop(self, nick: str) -> None:
        """Cut one client's connection without a word; the others see it quit."""
        self._connections[self.world.nicks[nick]].abort("Connection reset by peer")

    def split(self, *nicks: str, servers: tuple[str, str] = ("hub.example", "leaf.example")) -> Split:
        """Tear clients away by a netsplit; the others see them quit."""
        return tear(self.world, [self.world.nicks[nick] for nick in nicks], servers)

    def heal(self, split: Split) -> None:
        """Bring back who was torn away; the others see them join."""
        heal(self.world, split)

    def change_host(self, nick: str, user: str, host: str) -> None:
        """Give a client another user name and host, as a services command would.

        Spec: https://ircv3.net/specs/extensions/chghost
        """
        client = self.world.nicks[nick]
        told = {client, *self.world.peers(client)}
        self.world.tell(told, client.line("CHGHOST", user, host), capability="chghost")
        client.user, client.host = user, host

    def log_in(self, nick: str, account: str | None) -> None:
        """Log a client in or (None) out, as services would."""
        client = self.world.nicks[nick]
        client.account = account
        told = {client, *self.world.peers(client)}
        self.world.tell(told, client.line("ACCOUNT", account or "*"), capability="account-notify")

    def offer(self, capability: str, value: str = "") -> None:
        """Begin to offer a capability (CAP NEW)."""
        self.world.capabilities[capability] = value
        word = f"{capability}={value}" if value else capability
        for client in self._notified():
            self.world.reply(client, "CAP", "NEW", word)

    def withdraw(self, capability: str) -> None:
        """Stop offering a capability (CAP DEL)."""
        self.world.capabilities.pop(capability, None)
        for client in self._notified():
            self.world.reply(client, "CAP", "DEL", capability)
        for client in self._connections:
            client.capabilities.discard(capability)

    # Inside.

    def _notified(self) -> list[Client]:
        return [client for client in self._connections if client.has("cap-notify")]

    def _set_mute(self, mute: bool) -> None:
        self._mute = mute
        for connection in self._connections.values():
            connection.mute = mute

    async def _end_tasks(self) -> None:
        tasks = list(self._tasks)
        _, late = await asyncio.wait(tasks, timeout=1) if tasks else (set(), set())
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        connection = Connection(reader, writer, self.settings)
        connection.mute = self._mute
        client = Client(connection.peer_host, connection.write, connection.close)
        self.world.clients.add(client)
        self._connections[client] = connection
        reason = "Connection closed"
        try:
            reason = await connection.read_lines(
                lambda data: self._handle(client, data),
                refuse=lambda: self._refuse(client),
                ping=lambda: self.world.send(client, "PING", self.settings.name),
            )
        finally:
            self.world.forget(client, reason)
            connection.close(reason)
            del self._connections[client]
            await connection.finish()
            self._tasks.discard(task)

    def _refuse(self, client: Client) -> None:
        if self.settings.long_lines is not LongLines.CLOSE:
            self.world.reply(client, "417", "Input line was too long")

    def _handle(self, client: Client, data: bytes) -> None:
        try:
            line = parse_line(data)
        except InvalidLine:
            return
        label = line.tags.get("label", "")
        if is_label(label) and client.has("labeled-response"):
            client.answer = LabelledAnswer(label)
        try:
            self._carry_out(client, line)
        finally:
            client.finish_answer(self.settings.name)

    def _carry_out(self, client: Client, line: Line) -> None:
        command = COMMANDS.get(line.command)
        if command is None:
            if client.registered:
                self.world.reply(client, "421", line.command, "Unknown command")
            return
        if not client.registered and not command.before_registration:
            self.world.reply(client, "451", line.command, "You have not registered")
        elif len([param for param in line.params if param]) < command.least_params:
            self.world.reply(client, "461", line.command, "Not enough parameters")
        else:
            command.run(self.world, client, line)
