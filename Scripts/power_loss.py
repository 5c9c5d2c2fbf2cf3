"""An imitation of a loss of power: a folder as it may be afterwards, from what was synced and what was not."""

import os
import random


class Home:
    """A registry's folder, walked: what is there by inode, so that a power loss can be imitated."""

    def __init__(self, root, generations):
        self.entries, self.bytes = {}, {}
        self.root = self._walk(root, generations)

    def _walk(self, path, generations):
        inode = os.lstat(path).st_ino
        identity = f"{inode}.{generations.get(inode, 0)}"
        if path.is_dir():
            self.entries[identity] = {
                child.name: (self._walk(child, generations), child.is_dir()) for child in sorted(path.iterdir())}
        else:
            self.bytes[identity] = path.read_bytes()
        return identity


class PowerLoss:
    """Rebuilds a folder as it may be after a power loss: what was not synced is kept or lost, as `policy` says."""

    def __init__(self, before, after, shadow, policy, seed):
        self.before, self.after, self.shadow = before, after, shadow
        self.policy, self.random = policy, random.Random(seed)

    def _durable_entries(self, identity):
        path = self.shadow / identity
        if path.exists():
            rows = [line.split(" ", 2) for line in path.read_text().splitlines()]
            return {name: (child, is_folder == "1") for child, is_folder, name in rows}
        return self.before.entries.get(identity, {})

    def _bytes(self, identity):
        path = self.shadow / identity
        durable = path.read_bytes() if path.exists() else self.before.bytes.get(identity, b"")
        now = self.after.bytes.get(identity)
        if self.policy == "mixed" and now is not None and self.random.random() < 0.5:
            return now
        return durable

    def write(self, identity, target):
        target.mkdir()
        durable = self._durable_entries(identity)
        now = self.after.entries.get(identity, durable)
        for name in sorted(durable.keys() | now.keys()):
            keeps_now = self.policy == "names" or (self.policy == "mixed" and self.random.random() < 0.5)
            entry = (now if keeps_now else durable).get(name)
            if entry is None:
                continue
            child, is_folder = entry
            if is_folder:
                self.write(child, target / name)
            else:
                (target / name).write_bytes(self._bytes(child))
