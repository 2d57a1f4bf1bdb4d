"""What may wait, and what is let go first."""

from bridge.policy.quota import SHED_FROM, Full, Kind, Quota, is_shed

QUOTA = Quota(total_bytes=1000, lane_bytes=100)


def test_there_is_room_up_to_the_quota() -> None:
    assert QUOTA.full(total=900, lane=50, size=50) is None
    assert QUOTA.full(total=1000, lane=0, size=1) is Full.ALL
    assert QUOTA.full(total=0, lane=60, size=41) is Full.LANE


def test_a_flood_in_one_conversation_is_its_own() -> None:
    assert QUOTA.full(total=1000, lane=100, size=1) is Full.LANE


def test_what_is_larger_than_all_the_room_goes_where_nothing_waits() -> None:
    assert QUOTA.full(total=0, lane=0, size=5000) is None
    assert QUOTA.full(total=500, lane=0, size=5000) is Full.ALL


def test_kinds_are_let_go_in_the_order_of_their_worth() -> None:
    assert [kind for kind in Kind if is_shed(kind, 0.65)] == [Kind.PRESENCE, Kind.TYPING]
    assert [kind for kind in Kind if is_shed(kind, 0.99)] == list(Kind)[:-1]
    assert is_shed(Kind.MESSAGE, 1.0)
    assert sorted(SHED_FROM, key=lambda kind: SHED_FROM[kind]) == list(Kind)
