"""Opens TCP and TLS connections, and says in one sentence why one did not come about.

Part of the keeper process: nothing but the standard library.
"""

import asyncio
import errno
import os
import ssl

NOT_TLS = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "UNKNOWN_PROTOCOL",
        "HTTP_REQUEST",
        "RECORD_LAYER_FAILURE",
        "PACKET_LENGTH_TOO_LONG",
    }
)
"""What OpenSSL calls an answer that is no TLS at all."""
CLOSE_S = 1.0
"""How long a peer may take to agree that the connection is closed."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NotOpened(Exception):
    """``why`` is ``certificate``, ``no_tls`` or empty; the text is a sentence without a full stop."""

    def __init__(self, text: str, why: str = "") -> None:
        super().__init__(text)
        self.why = why


async def open_streams(host: str, port: int, *, tls: bool, tls_verify: bool, timeout_s: float) -> Streams:
    """Connect. Raises `NotOpened`."""
    # The trusted certificates are read from disk.
    context = await asyncio.to_thread(_tls_context, tls_verify) if tls else None
    try:
        async with asyncio.timeout(timeout_s):
            return await asyncio.open_connection(
                host, port, ssl=context, server_hostname=host if context else None
            )
    except TimeoutError as error:
        raise NotOpened("the server did not answer in time") from error
    except ssl.SSLCertVerificationError as error:
        raise NotOpened(error.verify_message, "certificate") from error
    except ssl.SSLError as error:
        why = "no_tls" if error.reason in NOT_TLS else ""
        raise NotOpened(f"TLS failed: {error.reason or error}", why) from error
    except (OSError, UnicodeError) as error:
        raise NotOpened(_words(error)) from error


async def read_some(reader: asyncio.StreamReader, at_most: int) -> tuple[bytes, str]:
    """The next bytes; or none, and why the connection ended."""
    try:
        data = await reader.read(at_most)
    except (OSError, ssl.SSLError) as error:
        return b"", f"the connection was lost: {_words(error)}"
    return data, "" if data else "the server closed the connection"


async def close_stream(writer: asyncio.StreamWriter) -> None:
    """Close what was opened; a peer that never answers our goodbye must not hold us."""
    writer.close()
    try:
        async with asyncio.timeout(CLOSE_S):
            await writer.wait_closed()
    except (OSError, ssl.SSLError):
        # TimeoutError is an OSError.
        writer.transport.abort()


def _words(error: Exception) -> str:
    """The system's words; asyncio's own name an address in the way of Python."""
    number = getattr(error, "errno", None)
    if isinstance(number, int) and number in errno.errorcode and not isinstance(error, ssl.SSLError):
        return os.strerror(number)
    return getattr(error, "strerror", None) or str(error)


def _tls_context(verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
