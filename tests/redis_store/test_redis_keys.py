"""Names of keys say one thing each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.redis import keys
from adapters.redis.kinds import KINDS, kind_of
from bot.model.channel import ChannelId
from bot.model.paper import PaperId

NAMES = st.text(max_size=12)
TENANTS = st.text(st.characters(exclude_characters=":", exclude_categories=["Cs"]), max_size=8)
KEYS = (
    st.builds("arxiv:{:04d}.{:05d}".format, st.integers(1501, 2612), st.integers(0, 99_999))
    | st.builds("arxiv:{:04d}.{:04d}".format, st.integers(704, 2612), st.integers(0, 9_999))
    | st.builds("arxiv:hep-th/{:07d}".format, st.integers(0, 9_912_999))
    | st.builds("doi:10.1/{}".format, NAMES)
)
VERSIONED = KEYS | st.builds("{}#v{}".format, KEYS, st.integers(1, 2_000))


@given(TENANTS, TENANTS, NAMES)
def test_a_member_names_its_channel(platform: str, tenant: str, name: str) -> None:
    """channel_of(member(channel)) == channel, whatever a platform calls it."""
    channel = ChannelId(platform, tenant, name)

    assert keys.channel_of(keys.member(channel)) == channel


@given(VERSIONED, VERSIONED)
def test_memory_tells_keys_apart(one: str, other: str) -> None:
    """Two keys are remembered under one name only when they are one key."""
    assert (keys.memory(one) == keys.memory(other)) == (one == other)


def test_memory_is_small_for_what_is_common() -> None:
    """New arXiv ids are small integers by month; notices and lists take no memory."""
    assert keys.memory("arxiv:2401.00017") == ("2401", "17")
    assert keys.memory("arxiv:2401.00017#v3") == ("2401v", "17003")
    assert keys.memory("arxiv:0704.0017") == ("0704", "17")
    assert keys.memory("doi:10.1/x") == ("other", "doi:10.1/x")
    assert keys.memory("notice:abc") == keys.memory("list:abc") == ("", "")


@given(KEYS, KEYS)
def test_seen_papers_are_told_apart(one: str, other: str) -> None:
    """Two ids share key and field only when they are one id."""
    assert (keys.seen(one) == keys.seen(other)) == (one == other)


def test_a_hundred_arxiv_ids_share_a_key() -> None:
    """Seen arXiv ids are kept in small hashes, which Redis packs."""
    found = {keys.seen(f"arxiv:2401.{number:05d}")[0] for number in range(1_000)}

    assert len(found) == 10


def test_arxivs_own_dois_are_arxiv_ids() -> None:
    """10.48550/arXiv.2401.00001 is arxiv:2401.00001; other DOIs are themselves."""
    assert keys.canonical(PaperId("doi:10.48550/arxiv.2401.00001")) == "arxiv:2401.00001"
    assert keys.canonical(PaperId("doi:10.1000/x")) == "doi:10.1000/x"


@given(TENANTS.filter(bool), TENANTS.filter(bool), NAMES)
def test_tenants_share_no_key(one: str, other: str, name: str) -> None:
    """No key of one tenant begins as another tenant's do."""
    first = keys.tenant_of(ChannelId("web", one, name))
    second = keys.tenant_of(ChannelId("web", other, name))

    assert first.startswith(second) == (one == other)


def test_every_key_is_of_one_kind() -> None:
    """The table's patterns do not overlap for the keys that are made."""
    made = [
        keys.SCHEMA,
        keys.STREAM,
        keys.record("arxiv:1"),
        keys.seen("arxiv:2401.00001")[0],
        keys.lease("poll:arxiv/cs.CL"),
        "pw:1:{p07}:due:web",
        "pw:1:{p07}:web:local:channels",
        "pw:1:{p07}:web:local:q:general",
        "pw:1:{p07}:web:local:post:general:arxiv:2401.00001#v3",
        "pw:1:{p07}:web:local:a:general:2401v",
        "pw:1:{p07}:web:local:messages:general",
        keys.button(ChannelId("web", "local", "general"), "abcdefghijklmno2"),
        keys.recent(ChannelId("web", "local", "general"), "U:1 {x}"),
    ]
    for key in made:
        kind = kind_of(key)
        assert kind is not None, key
        assert [one for one in KINDS if one is not kind and _fits(one.pattern, key)] == []
    assert kind_of("pw:1:something") is None


def _fits(pattern: str, key: str) -> bool:
    import re  # noqa: PLC0415 - only here

    return re.fullmatch(pattern, key) is not None
