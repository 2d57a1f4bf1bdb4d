"""The one outgoing HTTP client that refuses private addresses."""

from bridge.egress.client import EgressClient, EgressResponse
from bridge.egress.config import EgressConfig
from bridge.egress.errors import EgressFailed, EgressRefused, Refusal, TooLarge

__all__ = [
    "EgressClient",
    "EgressConfig",
    "EgressFailed",
    "EgressRefused",
    "EgressResponse",
    "Refusal",
    "TooLarge",
]
