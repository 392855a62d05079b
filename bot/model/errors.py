"""What can go wrong by no fault of ours; expected refusals are returned, not raised.

PaperwireError
├── StoreDown        the store cannot be reached or refuses writes
│   ├── StoreNewer   its schema is newer than this program: never write
│   └── StoreLost    it is not the one we had: emptied, replaced or set back
├── SnapshotUnreadable  a kept copy of the matcher is damaged or of another version
├── ArchiveDown      the file of all papers' text cannot be used: no alert depends on it
└── SettingsError    a setting is wrong; the sentence names it
"""

from __future__ import annotations


class PaperwireError(Exception):
    """The root of ours. Its text is one sentence for the operator: what, to what, what to do."""


class StoreDown(PaperwireError):  # noqa: N818 - a state of the store, named as SourceDown is
    """The store cannot be reached or refuses to write."""


class StoreNewer(StoreDown):
    """The store was written by a newer paperwire."""


class StoreLost(StoreDown):
    """The store is another one than we had under this address: what it held is not there."""


class ArchiveDown(PaperwireError):  # noqa: N818 - as StoreDown
    """The archive cannot be read or written: search and forecasts are away, alerts are not."""


class SnapshotUnreadable(PaperwireError):  # noqa: N818 - as StoreDown
    """A copy of the matcher cannot be loaded: it is made anew from the subscriptions."""


class SettingsError(PaperwireError):
    """A setting is wrong."""
