"""What a transaction would do, in plain words: the sentence that is agreed to, and what it costs and makes public.

The parameters are those of the call itself (`chain.known_calls`), under the names of the contract's arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from touchstone.texts import _, chain, court_calls, court_risks, formats, model_calls, networks, ngettext
from touchstone.texts import call_words as words
from touchstone.texts.call_words import Params
from touchstone.texts.plain import plain

if TYPE_CHECKING:
    from touchstone.chain.intent import Intent
    from touchstone.chain.network import Network
    from touchstone.chain.send import Prepared

_ZERO = "0x" + 40 * "0"
_REGISTER, _REVOKE, _BATCH, _MODEL = 1, 2, 4, 8
_CENTS = 10**6
_REGISTRATIONS = model_calls.REGISTRATIONS | {
    "media-register",
    "media-register-by-signature",
    "media-register-many",
    "media-register-root",
}


def codes() -> frozenset[str]:
    """The intents that have words."""
    return frozenset(_sentences())


def title(intent: Intent) -> str:
    """What it is, in a few words."""
    return _titles().get(intent.code, "")


def sentence(intent: Intent) -> str:
    """What it does, in a sentence; empty for what has no words, which is never signed."""
    said = _sentences().get(intent.code)
    return said(intent.params) if said else ""


def action(intent: Intent) -> str:
    """What stands on the button that agrees."""
    return _("Deploy") if intent.code == "deploy" else _("Sign and send")


def rows(prepared: Prepared) -> tuple[tuple[str, str], ...]:
    """The table of consequences: label and value."""
    intent, network = prepared.intent, prepared.network
    table = [
        (_("Network"), networks.named(network)),
        (_("Signed by"), _own(prepared)),
        (_("Contract"), plain(intent.to, 42)),
        (_("Cost"), cost(prepared)),
        (_("Balance"), coins(prepared.balance, network)),
        (_("Public for ever"), public(intent)),
        (_("Can be undone"), undone(intent)),
    ]
    if prepared.replaces:
        before = coins(prepared.replaced_cost, network)
        table.insert(4, (_("Cost until now"), _("at most {most}").format(most=before)))
    if "publisher" in prepared.outcome:
        table.insert(2, (_("Publisher number"), plain(prepared.outcome["publisher"], 20)))
    if "model" in prepared.outcome:
        table.insert(2, (_("The model's id"), plain(str(prepared.outcome["model"]).removeprefix("0x"), 64)))
    table[2:2] = court_calls.outcome(intent, prepared.outcome)
    return tuple(table)


def warnings(prepared: Prepared) -> tuple[str, ...]:
    """What somebody would regret not having read."""
    said = [networks.unaudited()] if prepared.network.mainnet else []
    if prepared.fees_rose:
        said.append(_("Fees have risen since you agreed. This is the new cost."))
    if prepared.replaces:
        said.append(_("This outbids the transaction that is waiting. Only one of the two will count."))
    if "sha256" in prepared.intent.public or prepared.intent.code == "media-register-root":
        said.append(_("Hashes and fingerprints stay public. Whoever has a similar picture can find it by them."))
    said += model_calls.warnings(prepared.intent)
    said += court_risks.warnings(prepared.intent)
    if prepared.network.practice:
        said.append(_("This is the practice ledger: nothing leaves this computer, and the money is play money."))
    if prepared.network.shared:
        said.append(
            _(
                "This is a practice ledger that others share: they can see this, whoever runs it can rewrite it, and"
                " the money is play money."
            )
        )
    return tuple(said)


def _own(prepared: Prepared) -> str:
    """The address that signs, with the user's name for it."""
    name, address = prepared.names.get(prepared.sender), plain(prepared.sender, 42)
    return _("{name}, {address}").format(name=plain(name, 40), address=address) if name else address


def cost(prepared: Prepared) -> str:
    """What it costs, and what it may cost at most."""
    return _("about {expected}, at most {most}").format(
        expected=coins(prepared.expected, prepared.network), most=coins(prepared.cost, prepared.network)
    )


def coins(wei: int, network: Network) -> str:
    """An amount of a network's own money."""
    return chain.coins(wei, _("practice ETH") if network.play else _("test ETH") if not network.mainnet else "ETH")


def undone(intent: Intent) -> str:
    """Whether it can be undone."""
    if intent.reversible:
        return _("yes, by another transaction")
    return _("no: it can be withdrawn, not erased") if intent.code in _REGISTRATIONS else _("no")


def public(intent: Intent) -> str:
    """What becomes public for ever."""
    names = _public_names()
    return ", ".join(names.get(code, plain(code, 40)) for code in intent.public) or _("nothing new")


def reasons() -> Mapping[int, str]:
    """Why something is withdrawn, by the number that the register has for it."""
    return {
        0: _("no reason given"),
        1: _("an error"),
        2: _("replaced by another file"),
        3: _("rights"),
        4: _("privacy"),
        5: _("found to be altered"),
        6: _("the key was compromised"),
    }


def roles(bits: object) -> str:
    """What a signer may do, by the bits that the register has for it."""
    given = bits if type(bits) is int else 0
    named = {
        _REGISTER: _("register files"),
        _REVOKE: _("withdraw them"),
        _BATCH: _("register batches"),
        _MODEL: _("register models"),
    }
    return ", ".join(name for bit, name in named.items() if given & bit) or _("nothing")


def _public_names() -> Mapping[str, str]:
    return {
        "sha256": _("the file's SHA-256"),
        "fingerprint": _("its fingerprint"),
        "domain": _("the domain"),
        "name": _("the name"),
        "uri": _("the link given with it"),
        "address": _("that your address did it"),
        "reason": _("the reason"),
        "amount": _("the amount"),
        "count": _("how many files"),
        **model_calls.public_names(),
        **court_calls.public_names(),
    }


def _titles() -> Mapping[str, str]:
    return {
        "publisher-create": _("Create a publisher"),
        "publisher-name": _("Change the name"),
        "publisher-domain": _("Claim a domain"),
        "publisher-offer": _("Offer control"),
        "publisher-accept": _("Take over control"),
        "publisher-recovery": _("Set the recovery address"),
        "recovery-start": _("Start recovery"),
        "recovery-cancel": _("Cancel recovery"),
        "recovery-finish": _("Finish recovery"),
        "signer-set": _("Set a signing key"),
        "signer-revoke": _("Withdraw a signing key"),
        "signer-compromised": _("Report a stolen key"),
        "media-register": _("Register a file"),
        "media-register-by-signature": _("Register a file that another key signed for"),
        "media-signature": _("Sign a registration for somebody else to send"),
        "media-skip-nonce": _("Take a signature back"),
        "media-register-many": _("Register files"),
        "media-register-root": _("Register a batch"),
        "media-revoke": _("Withdraw a file"),
        "media-revoke-leaf": _("Withdraw a file of a batch"),
        "media-revoke-root": _("Withdraw a batch"),
        "money-mint": _("Get practice dollars"),
        "money-transfer": _("Send dollars"),
        "money-transfer-from": _("Move dollars"),
        "money-approve": _("Allow spending"),
        "money-permit": _("Allow spending by signature"),
        "deploy": _("Deploy a contract"),
        **model_calls.titles(),
        **court_calls.titles(),
    }


def _sentences() -> Mapping[str, Callable[[Params], str]]:
    return {
        **_of_publishers(),
        **_of_signers(),
        **_of_media(),
        **_of_withdrawals(),
        **_of_money(),
        **model_calls.sentences(),
        **court_calls.sentences(),
    }


def _of_publishers() -> Mapping[str, Callable[[Params], str]]:
    return {
        "publisher-create": _create,
        "publisher-name": lambda p: _("Publisher {publisher} is called {name} from now on.").format(
            publisher=words.number(p), name=words.quoted(p, "name")
        ),
        "publisher-domain": _domain,
        "publisher-offer": _offer,
        "publisher-accept": lambda p: _("You take over control of publisher {publisher}.").format(
            publisher=words.number(p)
        ),
        "publisher-recovery": _recovery,
        "recovery-start": lambda p: _(
            "Control of publisher {publisher} goes to {to} in seven days, unless its present owner objects."
        ).format(publisher=words.number(p), to=words.address(p, "to")),
        "recovery-cancel": lambda p: _("The recovery of publisher {publisher} is stopped.").format(
            publisher=words.number(p)
        ),
        "recovery-finish": lambda p: _(
            "Control of publisher {publisher} goes to the address that its recovery named."
        ).format(publisher=words.number(p)),
    }


def _of_signers() -> Mapping[str, Callable[[Params], str]]:
    return {
        "signer-set": _signer,
        "signer-revoke": lambda p: _(
            "The key {signer} can do nothing more for publisher {publisher}, for ever. What it registered still counts."
        ).format(signer=words.address(p, "signer"), publisher=words.number(p)),
        "signer-compromised": lambda p: _(
            "What the key {signer} did for publisher {publisher} from {since} on counts for nothing, for ever."
        ).format(signer=words.address(p, "signer"), publisher=words.number(p), since=chain.moment(p.get("since"))),
    }


def _of_media() -> Mapping[str, Callable[[Params], str]]:
    return {
        "media-register": lambda p: _("Publisher {publisher} registers the file {file}.").format(
            publisher=words.number(p), file=words.file(p, "sha256")
        ),
        "media-register-by-signature": lambda p: _(
            "Publisher {publisher} registers the file {file}, for which the key {signer} has signed."
        ).format(publisher=words.number(p), file=words.file(p, "sha256"), signer=words.address(p, "signer")),
        "media-signature": lambda p: _(
            "Whoever has this signature can register the file {file} for publisher {publisher}, until {deadline}."
        ).format(file=words.file(p, "sha256"), publisher=words.number(p), deadline=chain.moment(p.get("deadline"))),
        "media-skip-nonce": lambda _p: _(
            "A signature that this key gave for a registration, and that nobody has used yet, can never be used."
        ),
        "media-register-many": lambda p: ngettext(
            "Publisher {publisher} registers {count} file.",
            "Publisher {publisher} registers {count} files.",
            words.count(p, "items_count"),
        ).format(publisher=words.number(p), count=formats.whole(words.count(p, "items_count"))),
        "media-register-root": lambda p: ngettext(
            "Publisher {publisher} registers a batch of {count} file under {root}.",
            "Publisher {publisher} registers a batch of {count} files under {root}.",
            words.count(p, "count"),
        ).format(publisher=words.number(p), count=formats.whole(words.count(p, "count")), root=words.file(p, "root")),
    }


def _of_withdrawals() -> Mapping[str, Callable[[Params], str]]:
    return {
        "media-revoke": lambda p: _withdrawn(
            p,
            _("Publisher {publisher} withdraws the file {file} ({reason}).").format(
                publisher=words.number(p), file=words.file(p, "file"), reason=_reason(p)
            ),
        ),
        "media-revoke-leaf": lambda p: _withdrawn(
            p,
            _("Publisher {publisher} withdraws the file {file} of a batch ({reason}).").format(
                publisher=words.number(p), file=words.file(p, "sha256"), reason=_reason(p)
            ),
        ),
        "media-revoke-root": lambda p: _(
            "Publisher {publisher} withdraws the whole batch {root} ({reason}), with every file in it."
        ).format(publisher=words.number(p), root=words.file(p, "root"), reason=_reason(p)),
    }


def _of_money() -> Mapping[str, Callable[[Params], str]]:
    return {
        "money-mint": lambda p: _("{amount} practice dollars are made for {to}. They are worth nothing.").format(
            amount=_dollars(p, "amount"), to=words.address(p, "to")
        ),
        "money-transfer": lambda p: _("{amount} dollars go to {to}.").format(
            amount=_dollars(p, "value"), to=words.address(p, "to")
        ),
        "money-transfer-from": lambda p: _("{amount} dollars go from {sender} to {to}.").format(
            amount=_dollars(p, "value"), sender=words.address(p, "from"), to=words.address(p, "to")
        ),
        "money-approve": lambda p: _("{spender} may take up to {amount} dollars from you, at any time.").format(
            spender=_spender(p), amount=_dollars(p, "value")
        ),
        "money-permit": lambda p: _("{spender} may take up to {amount} dollars from {owner}, at any time.").format(
            spender=_spender(p), amount=_dollars(p, "value"), owner=words.address(p, "owner")
        ),
        "deploy": lambda p: _("The contract {name} is put in its place on this network, for everybody.").format(
            name=plain(p.get("contract", ""), 60)
        ),
    }


def _create(p: Params) -> str:
    said = _("A new publisher called {name} is made, and the key that signs controls it.").format(
        name=words.quoted(p, "name")
    )
    if p.get("domain"):
        said += " " + _("It claims the domain {domain}.").format(domain=plain(p["domain"], 100))
    if p.get("recovery") not in {None, "", _ZERO}:
        said += " " + _("{recovery} can take it over, seven days after saying so.").format(
            recovery=words.address(p, "recovery")
        )
    return said


def _domain(p: Params) -> str:
    if not p.get("domain"):
        return _("Publisher {publisher} no longer claims a domain.").format(publisher=words.number(p))
    return _("Publisher {publisher} claims the domain {domain}.").format(
        publisher=words.number(p), domain=plain(p["domain"], 100)
    )


def _offer(p: Params) -> str:
    if p.get("to") == _ZERO:
        return _("The offer of control of publisher {publisher} is taken back.").format(publisher=words.number(p))
    return _("Control of publisher {publisher} is offered to {to}, who can then take it.").format(
        publisher=words.number(p), to=words.address(p, "to")
    )


def _recovery(p: Params) -> str:
    if p.get("recovery") == _ZERO:
        return _("Publisher {publisher} has no recovery address any more.").format(publisher=words.number(p))
    return _("{recovery} can take over publisher {publisher}, seven days after saying so.").format(
        publisher=words.number(p), recovery=words.address(p, "recovery")
    )


def _signer(p: Params) -> str:
    start, end = p.get("validFrom"), p.get("validTo")
    until = _("without an end") if not end else _("until {moment}").format(moment=chain.moment(end))
    since = _("from now on") if not start else _("from {moment} on").format(moment=chain.moment(start))
    return _("The key {signer} may do this for publisher {publisher}: {roles}; {since}, {until}.").format(
        signer=words.address(p, "signer"),
        publisher=words.number(p),
        roles=roles(p.get("roles")),
        since=since,
        until=until,
    )


def _withdrawn(p: Params, said: str) -> str:
    replacement = str(p.get("replacement", ""))
    if not replacement.strip("0x"):
        return said
    return said + " " + _("The file {file} takes its place.").format(file=words.file(p, "replacement"))


def _reason(p: Params) -> str:
    return reasons().get(words.count(p, "reason"), _("a reason that is not known here"))


def _spender(p: Params) -> str:
    known = {"pool": _("The pool of reviewers"), "court": _("The court")}.get(str(p.get("spender_is")))
    spender = words.address(p, "spender")
    return _("{name} ({address})").format(name=known, address=spender) if known else spender


def _dollars(p: Params, name: str) -> str:
    value = words.count(p, name)
    if value >= 1 << 255:
        return _("all")
    return f"{value / _CENTS:,.2f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
