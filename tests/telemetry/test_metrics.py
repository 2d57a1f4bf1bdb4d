"""What is counted, and that it cannot grow without bound."""

import re
from pathlib import Path

import pytest

import bridge
from bridge.telemetry import Metrics, get_log
from bridge.telemetry.loop_lag import watch_loop
from bridge.telemetry.measures import MAX_FREE_VALUES


def test_a_count_is_rendered_with_its_labels() -> None:
    metrics = Metrics()
    metrics.messages.add(direction="to_matrix", network="libera", state="sent")
    metrics.messages.add(2, direction="to_matrix", network="libera", state="sent")
    line = b'trunkline_messages_total{direction="to_matrix",network="libera",state="sent"} 3.0'
    assert line in metrics.render()


def test_each_bridge_has_a_registry_of_its_own() -> None:
    one, other = Metrics(), Metrics()
    one.reconnects.add(network="libera")
    assert b"libera" not in other.render()


def test_gauges_and_histograms_are_rendered() -> None:
    metrics = Metrics()
    metrics.homeserver_up.set(1)
    metrics.waiting.set(3, direction="to_network")
    metrics.delivery_seconds.observe(0.02, direction="to_network", network="a")
    text = metrics.render().decode()
    assert "trunkline_homeserver_up 1.0" in text
    assert 'trunkline_waiting_messages{direction="to_network"} 3.0' in text
    assert 'trunkline_delivery_seconds_count{direction="to_network",network="a"} 1.0' in text


def test_a_label_value_that_was_not_declared_is_other() -> None:
    metrics = Metrics()
    metrics.transactions.add(outcome="surprise")
    assert b'outcome="other"' in metrics.render()


def test_free_label_values_have_a_bound() -> None:
    metrics = Metrics()
    for number in range(10 * MAX_FREE_VALUES):
        metrics.reconnects.add(network=f"n{number}")
    assert metrics.render().count(b"trunkline_reconnects_total{") == MAX_FREE_VALUES + 1


def test_a_label_that_was_not_declared_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="declared"):
        Metrics().reconnects.add(room="!a:b")


def test_every_name_follows_the_rule() -> None:
    described = Metrics().described
    counters = [one.name for one in described if one.kind == "counter"]
    others = [one.name for one in described if one.kind != "counter"]
    assert all(re.fullmatch(r"trunkline_[a-z_]+_total", name) for name in counters)
    assert all(re.fullmatch(r"trunkline_[a-z_]+(?<!_total)", name) for name in others)


def test_the_reference_names_every_metric() -> None:
    metrics = Metrics()
    assert metrics.reference().count("\n| `trunkline_") == len(metrics.described)


def test_every_metric_is_fed_somewhere() -> None:
    source = Path(bridge.__file__).parent
    texts = [path.read_text() for path in source.rglob("*.py") if "telemetry" not in path.parts]
    used = {name for text in texts for name in re.findall(r"metrics\s*\.\s*([a-z_]+)", text)}
    assert {name for name in vars(Metrics()) if not name.startswith("_")} <= used


async def test_a_blocked_loop_is_measured() -> None:
    metrics = Metrics()
    times = iter([0.0, 0.7, 1.0])

    async def sleep(seconds: float) -> None:
        """Returns at once; the clock says what it took."""

    with pytest.raises(RuntimeError):
        await watch_loop(metrics.loop_lag_seconds, get_log("bridge.tests"), sleep=sleep, now=times.__next__)
    assert b"trunkline_loop_lag_seconds_sum 0.19" in metrics.render()
