"""How long a client waits before it connects again."""

from random import Random

from bridge.networks.irc.client_backoff import Backoff
from bridge.networks.irc.client_settings import BackoffLimits

LIMITS = BackoffLimits(first_s=2.0, longest_s=300.0, steady_s=60.0, rarest_s=3600.0)


class Last(Random):
    """Always the end of the range."""

    def uniform(self, a: float, b: float) -> float:
        return b


def test_the_bound_doubles_with_each_failure_up_to_the_longest() -> None:
    backoff = Backoff(LIMITS, Last())
    delays = [backoff.next_delay_s() for _ in range(10)]
    assert delays == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_clients_that_lose_a_server_together_come_back_apart() -> None:
    clients = [Backoff(LIMITS, Random(seed)) for seed in range(100)]
    for client in clients:
        client.failures = 8
    delays = sorted(client.next_delay_s() for client in clients)
    assert len(set(delays)) == 100
    assert delays[0] < 30
    assert delays[-1] > 270


def test_only_a_connection_that_held_begins_anew() -> None:
    backoff = Backoff(LIMITS, Last())
    for _ in range(5):
        backoff.next_delay_s()
    backoff.held(59.0)
    assert backoff.next_delay_s() == 64
    backoff.held(60.0)
    assert backoff.next_delay_s() == 2


def test_who_was_thrown_out_waits_long_and_a_refused_password_longest() -> None:
    backoff = Backoff(LIMITS, Random(1))
    assert 150 <= backoff.next_delay_s(is_ban=True) <= 300
    assert 150 <= backoff.refused_delay_s(is_risky=False) <= 300
    assert 1800 <= backoff.refused_delay_s(is_risky=True) <= 3600
