"""Old options still work with a notice, and move only when asked, with comments, order and anchors kept."""

import stat
from pathlib import Path
from textwrap import dedent

import pytest

from bridge.config import Move, Schema
from bridge.config.upgrade import CannotUpgrade, upgrade_file, upgrade_text
from tests.config.sections import SCHEMA, IrcConfig, LogConfig, ServerConfig, read


def _from_milliseconds(value: object) -> object:
    """Before 0.3 a number here counted milliseconds; a text with its unit is new."""
    return f"{value // 1000}s" if isinstance(value, int) else value


MOVES = Schema(
    SCHEMA.sections,
    SCHEMA.groups,
    [
        Move("homeserver", "server", since="0.2"),
        Move("server.token", "server.as_token", since="0.2"),
        Move("networks.*.address", "networks.*.host", since="0.2"),
        Move("server.log_format", "logging.format", since="0.2"),
        Move("server.timeout_s", "server.timeout_s", since="0.3", convert=_from_milliseconds),
    ],
)

OLD = """\
# My bridge.

homeserver:            # the homeserver
  domain: "example.org"   # quoted on purpose

  # Written by the colour of the day.
  log_format: json   # for the collector
  token: s3cret  # kept safe
  # How long?
  timeout_s: 5000
# Between sections.
networks:
    libera: &base      # four spaces here
        type: irc
        address: irc.libera.chat
    other: {type: irc, address: irc.example.org}

logging:
  quiet:
  - a   # first
  - b

# The end.
"""

NEW = """\
# My bridge.

server:            # the homeserver
  domain: "example.org"   # quoted on purpose

  as_token: s3cret  # kept safe
  # How long?
  timeout_s: "5s"
# Between sections.
networks:
    libera: &base      # four spaces here
        type: irc
        host: irc.libera.chat
    other: {type: irc, host: irc.example.org}

logging:
  quiet:
  - a   # first
  - b
  # Written by the colour of the day.
  format: json   # for the collector

# The end.
"""


def test_old_options_work_and_are_noticed(tmp_path: Path) -> None:
    loaded = read(OLD, tmp_path, MOVES)
    assert loaded.problems == ()
    assert loaded.section(ServerConfig).timeout_s == 5
    assert loaded.section(LogConfig).format.value == "json"
    assert loaded.plugins["networks"]["libera"].value == IrcConfig(host="irc.libera.chat")
    told = [str(notice).rpartition("/")[2] for notice in loaded.notices]
    assert told[0] == (
        "config.yaml:3: homeserver: homeserver is now server (since 0.2); see `trunkline config upgrade`"
    )
    assert len(told) == 6


def test_reading_never_writes(tmp_path: Path) -> None:
    read(OLD, tmp_path, MOVES)
    assert (tmp_path / "config.yaml").read_text() == OLD


def test_only_what_moved_changes_and_comments_order_and_anchors_stay() -> None:
    assert upgrade_text(OLD, MOVES).text == NEW


def test_an_upgraded_file_has_nothing_left_to_do() -> None:
    again = upgrade_text(NEW, MOVES)
    assert again.text == NEW
    assert again.done == ()


def test_the_file_is_exchanged_with_its_mode_and_the_old_one_kept(tmp_path: Path) -> None:
    read(OLD, tmp_path, MOVES)
    path = tmp_path / "config.yaml"
    path.chmod(0o640)
    assert len(upgrade_file(path, MOVES).done) == 6
    assert path.read_text() == NEW
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert (tmp_path / "config.yaml.bak").read_text() == OLD
    assert sorted(file.name for file in tmp_path.iterdir()) == ["config.yaml", "config.yaml.bak"]


def test_the_old_text_is_never_written_into_a_file_that_others_can_read(tmp_path: Path) -> None:
    """The copy was made first and closed to others afterwards; it may hold passwords."""
    read(OLD, tmp_path, MOVES)
    (tmp_path / "config.yaml").chmod(0o600)
    backup = tmp_path / "config.yaml.bak"
    backup.write_text("from last time")
    backup.chmod(0o644)
    with backup.open() as opened_by_somebody:
        upgrade_file(tmp_path / "config.yaml", MOVES)
        assert opened_by_somebody.read() == "from last time"
    assert (backup.read_text(), stat.S_IMODE(backup.stat().st_mode)) == (OLD, 0o600)


def test_a_file_without_old_options_is_not_touched(tmp_path: Path) -> None:
    read(NEW, tmp_path, MOVES)
    before = (tmp_path / "config.yaml").stat()
    upgrade_file(tmp_path / "config.yaml", MOVES)
    assert (tmp_path / "config.yaml").stat() == before
    assert not (tmp_path / "config.yaml.bak").exists()


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    read(OLD, tmp_path, MOVES)
    link = tmp_path / "link.yaml"
    link.symlink_to("config.yaml")
    upgrade_file(link, MOVES)
    assert link.is_symlink()
    assert (tmp_path / "config.yaml").read_text() == NEW


def test_a_section_that_becomes_empty_goes_and_one_that_is_missing_is_made() -> None:
    text = "a:\n  # why\n  b: 1\nz: 2\n"
    schema = Schema([], moves=[Move("a.b", "c.d.e", since="1")])
    assert upgrade_text(text, schema).text == "z: 2\nc:\n  d:\n    # why\n    e: 1\n"


def test_a_whole_section_moves_with_all_its_lines() -> None:
    text = "a:\n  b:\n    # in\n    c: |\n      one\n\n      two\n    d: 1\n  e: 2\nf:\n    g: 3\n"
    schema = Schema([], moves=[Move("a.b", "f.b", since="1")])
    expected = (
        "a:\n  e: 2\nf:\n    g: 3\n    b:\n      # in\n      c: |\n        one\n\n        two\n      d: 1\n"
    )
    assert upgrade_text(text, schema).text == expected


def test_an_old_name_beside_its_new_one_is_ignored_and_removed(tmp_path: Path) -> None:
    text = "server:\n  domain: a.org\n  token: old1\n  as_token: new1\n"
    loaded = read(text, tmp_path, MOVES)
    assert loaded.section(ServerConfig).as_token.reveal() == "new1"
    assert [notice.phrase.key for notice in loaded.notices] == ["config.moved_ignored"]
    assert upgrade_text(text, MOVES).text == "server:\n  domain: a.org\n  as_token: new1\n"


@pytest.mark.parametrize(
    "text",
    [
        "server: {log_format: json, domain: a}\n",
        "base: &b {address: h}\nnetworks:\n  a:\n    <<: *b\n    type: irc\n",
        "logging: {}\nserver:\n  log_format: json\n",
        "server:\n  log_format: &f json\n  domain: *f\n",
    ],
)
def test_what_cannot_be_moved_safely_is_refused_with_a_word(text: str) -> None:
    with pytest.raises(CannotUpgrade, match="by hand"):
        upgrade_text(text, MOVES)


def test_a_file_that_cannot_be_upgraded_stays_as_it_is(tmp_path: Path) -> None:
    text = dedent("server: {log_format: json, domain: a}\n")
    read(text, tmp_path, MOVES)
    with pytest.raises(CannotUpgrade):
        upgrade_file(tmp_path / "config.yaml", MOVES)
    assert (tmp_path / "config.yaml").read_text() == text
