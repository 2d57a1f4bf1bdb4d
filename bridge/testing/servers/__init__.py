"""The real servers that tests run against, each a process of its own on loopback."""

from bridge.testing.servers.inspircd import InspIRCd
from bridge.testing.servers.ngircd import Ngircd
from bridge.testing.servers.postgres import Postgres
from bridge.testing.servers.process import ServerFailedError, ServerProcess
from bridge.testing.servers.programs import ServerMissingError
from bridge.testing.servers.synapse import Synapse
from bridge.testing.servers.znc import Znc

__all__ = [
    "InspIRCd",
    "Ngircd",
    "Postgres",
    "ServerFailedError",
    "ServerMissingError",
    "ServerProcess",
    "Synapse",
    "Znc",
]
