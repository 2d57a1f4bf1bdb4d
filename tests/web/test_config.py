"""The ``public`` section."""

import pytest

from bridge.config.load import Loaded, load
from bridge.config.schema import Schema
from bridge.web.config import PublicConfig


def read(**environment: str) -> Loaded:
    given = {f"TRUNKLINE_PUBLIC__{name.upper()}": value for name, value in environment.items()}
    return load(Schema([PublicConfig]), None, given)


def test_without_a_word_there_is_no_public_address_and_no_metrics() -> None:
    section = read().section(PublicConfig)
    assert (section.url, section.media_days, section.metrics) == (None, 30, False)


@pytest.mark.parametrize("url", ["https://bridge.example.org", "http://127.0.0.1:29331", "https://a.org/b"])
def test_a_public_address_is_of_the_web(url: str) -> None:
    assert read(url=url).section(PublicConfig).url == url


@pytest.mark.parametrize(
    "url", ["https://a.org/", "ftp://a.org", "a.org", "https://a.org?x=1", "https://u:p@a.org"]
)
def test_an_address_that_makes_no_good_links_is_refused(url: str) -> None:
    assert [problem.path for problem in read(url=url).core_problems] == ["public.url"]
