"""What has changed, for those who watch."""

import asyncio

from bridge.core.news import KEPT, News
from bridge.policy.access import Action as Right
from bridge.testing.clock import settle


def numbers(news: News, since: int) -> list[int] | None:
    items = news.since(since)
    return None if items is None else [item.number for item in items]


def filled(count: int) -> News:
    news = News()
    for number in range(count):
        news.tell("network", Right.STATUS, {"number": str(number)})
    return news


def test_changes_are_given_from_where_one_was() -> None:
    news = filled(3)

    assert numbers(news, 0) == [1, 2, 3]
    assert numbers(news, 2) == [3]
    assert numbers(news, 3) == []


def test_before_the_first_change_there_is_nothing_and_nothing_is_missing() -> None:
    assert numbers(News(), 0) == []


def test_a_place_that_is_too_old_or_not_there_yet_is_not_known() -> None:
    news = filled(KEPT + 5)

    assert numbers(news, 4) is None
    assert len(numbers(news, 5) or []) == KEPT
    assert numbers(news, KEPT + 6) is None
    assert numbers(news, -1) is None


async def test_whoever_waits_is_woken_by_the_next_change() -> None:
    news = filled(1)
    waiting = asyncio.ensure_future(news.wait(1))
    await settle()
    assert not waiting.done()

    news.tell("network", Right.STATUS, {})

    await asyncio.wait_for(waiting, 5)


def test_each_life_has_a_name_of_its_own() -> None:
    assert News().life != News().life
