"""Who may do what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model.errors import InvalidInput, NotAllowed
from bridge.model.ids import UserID
from bridge.policy.access import NEEDED, AccessRules, Action, Level

ANN = UserID("@ann:example.org")
BOB = UserID("@bob:example.org")
EVE = UserID("@eve:elsewhere.net")
SAFE = AccessRules.safe("example.org", "@ann:example.org")


def parse(**rules: str) -> AccessRules:
    return AccessRules.parse(rules, server="example.org", admins=("@ann:example.org",))


@pytest.mark.parametrize(("user", "level"), [(ANN, Level.ADMIN), (BOB, Level.USER), (EVE, Level.RELAY)])
def test_the_default_is_safe(user: UserID, level: Level) -> None:
    assert SAFE.level_of(user) is level


def test_a_rule_for_a_user_is_stronger_than_one_for_the_server() -> None:
    rules = parse(**{"elsewhere.net": "block", "@eve:elsewhere.net": "user"})
    assert rules.level_of(EVE) is Level.USER


def test_a_rule_for_a_server_is_stronger_than_one_for_everybody() -> None:
    rules = parse(**{"*": "block", "elsewhere.net": "user"})
    assert rules.level_of(EVE) is Level.USER


def test_everybody_else_can_be_blocked() -> None:
    assert parse(**{"*": "block"}).level_of(EVE) is Level.BLOCK


def test_blocking_everybody_leaves_the_own_server_in() -> None:
    assert parse(**{"*": "block"}).level_of(BOB) is Level.USER


def test_the_own_server_can_be_lowered() -> None:
    assert parse(**{"example.org": "relay"}).level_of(BOB) is Level.RELAY


def test_the_admin_stays_admin_when_the_server_is_lowered() -> None:
    assert parse(**{"example.org": "block"}).level_of(ANN) is Level.ADMIN


@pytest.mark.parametrize("rule", ["elsewhere.net", "*:elsewhere.net", "ELSEWHERE.net"])
def test_a_server_can_be_written_in_several_ways(rule: str) -> None:
    assert parse(**{rule: "user"}).level_of(EVE) is Level.USER


def test_a_server_may_have_a_port() -> None:
    assert parse(**{"elsewhere.net:8448": "user"}).level_of(UserID("@e:elsewhere.net:8448")) is Level.USER


def test_a_server_whose_name_ends_alike_is_another_one() -> None:
    assert SAFE.level_of(UserID("@eve:evil-example.org")) is Level.RELAY


def test_a_name_that_ends_like_an_admin_is_another_one() -> None:
    assert SAFE.level_of(UserID("@ann:example.org:8448")) is Level.RELAY


@pytest.mark.parametrize("name", ["", "ann", "@ann", "@ann:", "ann:example.org"])
def test_what_is_no_user_id_is_blocked(name: str) -> None:
    assert SAFE.level_of(UserID(name)) is Level.BLOCK


@pytest.mark.parametrize("rule", ["", "@ann", "@*:example.org", "*.example.org", "exa mple", "**", "@a:b:*"])
def test_a_rule_for_nobody_is_refused(rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(**{rule: "user"})
    assert caught.value.reason.key == "access.bad_rule"


@pytest.mark.parametrize("level", ["", "root", "Admin", "10"])
def test_an_unknown_level_is_refused(level: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(**{"*": level})
    assert caught.value.reason.values["wanted"] == "block, relay, user, admin"


def test_those_who_are_relayed_may_speak_but_not_plumb() -> None:
    assert SAFE.may(EVE, Action.SPEAK)
    assert not SAFE.may(EVE, Action.PLUMB)


def test_users_may_not_manage() -> None:
    assert not SAFE.may(BOB, Action.MANAGE)


def test_whoever_lacks_the_right_is_told_what_it_takes() -> None:
    with pytest.raises(NotAllowed) as caught:
        SAFE.require(EVE, Action.PLUMB)
    assert caught.value.reason.values == {"action": "plumb", "needed": "user"}


def test_every_action_has_its_level() -> None:
    assert set(NEEDED) == set(Action)


def test_the_blocked_may_do_nothing() -> None:
    assert min(NEEDED.values()) > Level.BLOCK


@given(st.text())
def test_any_text_has_a_level(name: str) -> None:
    assert isinstance(SAFE.level_of(UserID(name)), Level)
