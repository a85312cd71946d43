"""A publisher with a key on a practice ledger, files to publish, and jobs run in processes of their own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import making
from tests.practice import Key, ledger_of
from tests.practice import Publisher as Registrant

from touchstone.chain.local import PracticeLedger
from touchstone.chain.network import Network
from touchstone.chain.networks import Networks
from touchstone.chain.send import Sender
from touchstone.chain.signer import Signed
from touchstone.check import signing_practice
from touchstone.check.publishing import PublishHands
from touchstone.check.run import Checker
from touchstone.paths import Home
from touchstone.registry import mirror
from touchstone.registry.job import Mode, Order, Outcome, Publisher


class KeySigner:
    """A throwaway key behind the seam of `chain.signer`."""

    sends = False

    def __init__(self, inner: Any) -> None:
        self._inner, self.address = inner, inner.address
        self.signed = 0

    def sign_transaction(self, fields: Mapping[str, Any]) -> Signed:
        self.signed += 1
        return self._inner.sign_transaction(fields)

    def sign_typed_data(self, data: Mapping[str, Any]) -> bytes:
        return bytes(self._inner._account.sign_typed_data(full_message=dict(data)).signature)

    def sign_message(self, message: bytes) -> bytes:
        from eth_account.messages import encode_defunct

        return bytes(self._inner._account.sign_message(encode_defunct(primitive=message)).signature)


@dataclass
class Desk:
    """A home with a ledger, a publisher and its key, and a folder of files."""

    home: Home
    folder: Path
    ledger: PracticeLedger
    network: Network
    registrant: Registrant
    signer: KeySigner
    checker: Checker | None = None

    @classmethod
    def make(cls, folder: Path, name: str = "Agence X") -> Desk:
        home = Home(folder / "home")
        ledger = ledger_of(home)
        registrant = Registrant.create(ledger, name)
        network = Networks.load(home).get("practice")
        home.keys.mkdir()
        # What is registered with a key of one's own decides about answers on practice; its file is never opened.
        (home.keys / "own.json").write_text(json.dumps({"address": registrant.key.address}))
        return cls(home, folder, ledger, network, registrant, KeySigner(registrant.key.signer))

    def copy(self, folder: Path) -> Desk:
        """The same once more elsewhere: making a ledger takes a second or two, copying one does not."""
        shutil.copytree(self.home.root, folder / "home")
        home = Home(folder / "home")
        ledger = ledger_of(home)
        key = Key(ledger, self.registrant.key.signer, self.registrant.key.nonce)
        registrant = Registrant(key, self.registrant.id)
        return Desk(home, folder, ledger, self.network, registrant, KeySigner(key.signer), self.checker)

    @property
    def publisher(self) -> int:
        return self.registrant.id

    def files(self, *names: str) -> list[Path]:
        """Files of those names, each with another picture (or film, or text)."""
        made = []
        for number, name in enumerate(names):
            path = self.folder / "in" / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(_data(path.suffix, number + 1))
            made.append(path)
        return made

    def order(self, mode: Mode = Mode.BATCH, **options: Any) -> Order:
        options.setdefault("folder", self.folder / "out")
        return Order(self.signer.address, mode, **options)

    def hands(self, *, sign: bool = True) -> PublishHands:
        identity = signing_practice.signer(self.home) if sign else None
        return PublishHands(self.home, self.network, self.publisher, identity=identity, checker=self.checker)

    def publish(
        self, order: Order, paths: list[Path], job: int = 0, confirm: Callable[..., bool] = lambda _p: True
    ) -> Outcome:
        """A job from its beginning, or from where it was, in this process."""
        mirror.sync(self.home, self.network)
        hands, sender = self.hands(sign=order.sign), Sender(self.home, self.network)
        publisher = Publisher(self.home, self.network, hands)
        try:
            return publisher.run(job or publisher.begin(self.publisher, order, paths), sender, self.signer, confirm)
        finally:
            publisher.close()
            sender.close()
            hands.close()
            mirror.sync(self.home, self.network)

    def begin(self, order: Order, paths: list[Path]) -> int:
        publisher = Publisher(self.home, self.network, None)  # type: ignore[arg-type]
        try:
            return publisher.begin(self.publisher, order, paths)
        finally:
            publisher.close()

    def transactions(self) -> int:
        """How many transactions stand on the ledger."""
        return self.ledger.status().transactions


def _data(suffix: str, seed: int) -> bytes:
    match suffix:
        case ".png":
            return making.png(seed, (320, 240))
        case ".mp4":
            return making.mp4(16, (160, 120))
        case ".wav":
            return making.wav(pitch=200 + seed)
        case ".txt":
            return f"text {seed}".encode()
    return making.jpeg(seed, (320, 240))
