"""What can go wrong with nodes, keys and transactions, in words; and where a transaction is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Any

from touchstone.texts import _, court_refusals, formats, model_calls, ngettext, notices
from touchstone.texts.plain import middle, plain

if TYPE_CHECKING:
    from touchstone.chain.errors import ChainError

_WEI = 10**18


def trouble(error: ChainError) -> str:
    """What went wrong, as a sentence or two."""
    code, params = str(error.code), error.params
    if code == "reverted":
        return revert(params)
    said = _with_params(code, params) or _sentences().get(code) or _("It failed.")
    if params.get("pending"):
        said += " " + _("The transaction may be on its way all the same. It is kept, and is looked for next time.")
    return said


def _with_params(code: str, params: Mapping[str, Any]) -> str:
    """The sentence of a code whose parameters say more than it does alone; empty for the others."""
    known: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
        "insufficient-funds": _no_funds,
        "exposed-key": _exposed,
        "wrong-chain": _wrong_chain,
        "nodes-disagree": _disagree,
        "no-consent": _no_consent,
        "unknown-network": _unknown_network,
        "weak-password": _weak,
        "key-exists": _key_exists,
        "no-key": _no_key,
        "bad-key": _bad_key,
        "not-deployed": _not_deployed,
        "bad-network": lambda p: _bad_network().get(str(p.get("what")), _("That is no network.")),
    }
    return known[code](params) if code in known else ""


def _no_funds(params: Mapping[str, Any]) -> str:
    if "needed" not in params:
        return ""
    return _("{address} has {has}; this takes up to {needed}.").format(
        address=middle(str(params.get("sender", ""))), has=coins(params.get("has")), needed=coins(params["needed"])
    )


def _not_deployed(params: Mapping[str, Any]) -> str:
    return {
        "ModelRegistry": _(
            "The register of models does not stand on this network yet. What else is there works without it."
        ),
        "FactCheckCourt": _("There is no court on this network. What else is there works without it."),
        "ReviewerPool": _("There is no pool of reviewers on this network. What else is there works without it."),
    }.get(str(params.get("contract")), "")


def _exposed(params: Mapping[str, Any]) -> str:
    path = plain(params.get("untrusted_path", ""))
    return _("Others on this computer can read {path}. Make it yours alone: {command}").format(
        path=path, command=f"chmod 600 '{path}'"
    )


def _wrong_chain(params: Mapping[str, Any]) -> str:
    if "found" not in params:
        return ""
    return _("The node serves another chain: {found} instead of {expected}.").format(
        found=plain(params["found"], 40), expected=plain(params.get("expected"), 40)
    )


def _disagree(params: Mapping[str, Any]) -> str:
    if not params.get("nodes"):
        return ""
    return _("Two nodes say different things ({nodes}), so neither is believed.").format(
        nodes=", ".join(plain(node, 60) for node in params["nodes"])
    )


def _no_consent(params: Mapping[str, Any]) -> str:
    if not params.get("network"):
        return ""
    return _("The network {network} is public, and you have not agreed to use it yet.").format(
        network=plain(params["network"], 40)
    )


def _unknown_network(params: Mapping[str, Any]) -> str:
    return _("There is no network called {name}.").format(name=plain(params.get("untrusted_name", "?"), 40))


def _weak(params: Mapping[str, Any]) -> str:
    return _("The password is too short: it needs at least {count} characters.").format(count=params.get("shortest", 8))


def _key_exists(params: Mapping[str, Any]) -> str:
    return _("There is a key like that already: {name}.").format(name=plain(params.get("untrusted_name", ""), 60))


def _no_key(params: Mapping[str, Any]) -> str:
    if params.get("untrusted_name"):
        return _("There is no key called {name}.").format(name=plain(params["untrusted_name"], 60))
    return _("You have several keys. Say which one.") if params.get("count", 0) > 1 else ""


def _bad_key(params: Mapping[str, Any]) -> str:
    return {
        "name": _("That is no name for a key: up to 40 visible characters."),
        "address": _("That is no address, or it is mistyped."),
    }.get(str(params.get("what")), "")


def _bad_network() -> Mapping[str, str]:
    return {
        "name": _("A network's name is made of small letters, digits and dashes."),
        "chain-id": _("That chain id is none, or belongs to another network here."),
        "shared": _("There is a shared practice ledger already. Remove that one first."),
        "count": _("A network needs one address of a node at least, each once, and eight at most."),
        "url": _(
            "Nodes are asked over https only, or over http on this computer; a shared practice ledger also at a private"
            " address, such as 192.168.1.5."
        ),
        "address": _("That is no address of a contract."),
    }


def _sentences() -> Mapping[str, str]:
    return {**_of_nodes(), **_of_sending(), **_of_keeping()}


def _of_nodes() -> Mapping[str, str]:
    return {
        "unreachable": _("No node answers."),
        "timeout": _("It took too long."),
        "rate-limited": _("The node was asked too often. Wait a moment, or set another node."),
        "not-json": _("The node answers with something else than it should, a web page perhaps."),
        "protocol": _("The answer makes no sense and is not used."),
        "too-large": _("The answer is larger than is read."),
        "too-many-results": _("The node wants to be asked for less at once."),
        "pruned": _("The node has thrown that part of the history away."),
        "wrong-chain": _("The node serves another chain."),
        "wrong-code": _("Another contract stands where ours should. Nothing is asked of it."),
        "not-deployed": _("The contracts do not stand on this network."),
        "nodes-disagree": _("Two nodes say different things, so neither is believed."),
        "refused": _("It does not serve us: it may want an access key, or another account."),
        "unsupported": _("It does not know how to do that."),
        "unknown-network": _("There is no such network."),
        "no-consent": _("That network is public, and you have not agreed to use it yet."),
    }


def _of_sending() -> Mapping[str, str]:
    return {
        "insufficient-funds": _("The address has too little to pay for this."),
        "nonce": _("Another transaction of this address took its place in line. Nothing was sent."),
        "underpriced": _("The fee is too low for the network now."),
        "fee-too-high": _("Fees keep rising above what was agreed to. Nothing was sent."),
        "rejected": _("It was refused. Nothing was sent."),
        "unknown-call": _("Touchstone has no words for what this would do, so it is not signed."),
        "dropped": _("Another transaction of this address took its place, so it will never count."),
        "already-known": _("The node has it already."),
        "stopped": _("Stopped."),
    }


def _of_keeping() -> Mapping[str, str]:
    return {
        "locked": _("The key is locked."),
        "wrong-password": _("The password is wrong."),
        "bad-key": _("That is no key file, or it is damaged."),
        "exposed-key": _("Others on this computer can read the key file."),
        "no-key": _("There is no key yet."),
        "busy": _("Another window or command is at it. Try again in a moment."),
        "full": _("The disk is full."),
        "read-only": _("There is no permission to write there."),
        "damaged": _("What was kept is damaged. It was put aside; look through what you sent lately before you go on."),
        "newer": _("A newer version of Touchstone wrote what is kept here. Use that one."),
    }


def revert(params: Mapping[str, Any]) -> str:
    """Why a contract refuses, or refused, in words."""
    arguments = params.get("arguments")
    name = str(params.get("reason", ""))
    intent = str(params.get("intent", ""))
    given = {**(arguments if isinstance(arguments, Mapping) else params), "play": params.get("play")}
    why = model_calls.refusals(intent).get(name) or reason(name, given, intent)
    if params.get("mined"):
        return _("It was taken into a block without effect: {why}").format(why=why)
    return _("The contract would refuse it: {why}").format(why=why)


def reason(name: str, arguments: Mapping[str, Any], intent: str = "") -> str:
    """One reason of a contract, by the name of its error, as a sentence. `intent` is what was to be done."""
    match name:
        case "BadLength":
            return _("a text has {length} bytes, and {most} fit.").format(
                length=formats.whole(arguments.get("length")), most=formats.whole(arguments.get("most"))
            )
        case "TooEarly":
            return _("it can be done from {moment} on.").format(moment=moment(arguments.get("readyAt")))
        case "AlreadyRegistered":
            return _("this publisher has registered this file already.")
        case "Error":
            return _("it says “{message}”.").format(message=plain(arguments.get("untrusted_message", ""), 120))
        case _:
            said = _reasons().get(name) or court_refusals.refusal(intent, name, arguments, moment)
            return said or _("it gives no reason that is known here ({name}).").format(
                name=plain(name or arguments.get("selector", "-"), 40)
            )


def _reasons() -> Mapping[str, str]:
    return {
        "NotController": _("this address does not control that publisher."),
        "NotRecovery": _("this address is not that publisher's recovery address."),
        "NotOffered": _("control of that publisher was not offered to this address."),
        "NotSigner": _("this key may not do that for that publisher, or is none of its keys any more."),
        "AlreadyRevoked": _("that was withdrawn already, for good."),
        "ZeroAddress": _("an address is missing."),
        "ZeroHash": _("a hash is missing."),
        "NothingPending": _("no recovery is under way."),
        "BadRoles": _("those rights do not exist."),
        "BadWindow": _("the end lies before the beginning."),
        "BadMoment": _("that moment is not one that can be set: it lies in the future, or after one that was set."),
        "NotRegistered": _("this publisher has not registered that."),
        "BadProof": _("the file is not in that batch."),
        "BadNonce": _("that signature was used already, or others come before it."),
        "Expired": _("the signature has expired."),
        "BadSignature": _("the signature is not one of that key."),
        "BatchSize": _("a batch holds 1 to 500 files."),
        "BadStatus": _("the model has that status already, or there is none like it."),
        "UnknownParent": _("a model that it is said to be made from is not on the register."),
        "DuplicateParent": _("a model that it is said to be made from is named twice."),
        "TooManyParents": _("a model can name 16 models that it was made from, at most."),
        "AlreadyRecorded": _("this address has recorded that list already."),
        "AlreadyRetired": _("this publisher has retired one of these items already."),
        "TooMuch": _("that is more than is given at once."),
        "ERC20InsufficientBalance": _("there is too little money on this address."),
        "ERC20InsufficientAllowance": _("that much was not allowed."),
        "InvalidAccountNonce": _("that signature was used already, or others come before it."),
        "Panic": _("it ran into a fault of its own."),
        "": _("it gives no reason."),
    }


def step(code: str, params: Mapping[str, Any]) -> str:
    """Where a transaction is, for progress."""
    if code == "depth":
        done, needed = params.get("done", 0), params.get("needed", 1)
        said = ngettext(
            "In a block; {done} of {needed} block passed", "In a block; {done} of {needed} blocks passed", needed
        )
        return said.format(done=min(done, needed), needed=needed)
    return {
        "signing": _("Signing"),
        "signed": _("Signed"),
        "kept": _("Kept, so that it cannot be lost"),
        "broadcast": _("Sent"),
        "waiting": _("On its way: waiting for a block"),
        "again": _("No node knew it; sent again as it was"),
        "mined": _("In a block"),
        "reorganised": _("Its block was replaced; waiting again"),
        "final": _("Done"),
    }.get(code, plain(code, 40))


def state(code: str) -> str:
    """How far a transaction in the journal has come."""
    return {
        "asked": _("waiting for the signer"),
        "signed": _("kept, not seen by a node yet"),
        "sent": _("on its way"),
        "mined": _("in a block, not final yet"),
        "final": _("done"),
        "reverted": _("without effect: the contract refused"),
        "dropped": _("never counted: another took its place"),
        "cancelled": _("cancelled before it was sent"),
        "failed": _("refused by every node"),
    }.get(code, plain(code, 40))


def coins(wei: object, symbol: str = "ETH") -> str:
    """An amount of a network's own money, to three digits: `0.000176 ETH`."""
    if isinstance(wei, bool) or not isinstance(wei, int):
        return plain(wei, 40)
    amount = Decimal(wei) / _WEI
    digits = f"{amount:,.0f}" if amount >= 1000 else f"{Context(prec=3).create_decimal(amount).normalize():f}"
    return "{} {}".format(digits.replace(",", "\N{NARROW NO-BREAK SPACE}"), symbol)


def moment(seconds: object) -> str:
    """A moment of the chain, unix seconds, in local time; what is none stays as it is."""
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds < 253402300800:
        return plain(seconds, 40)
    return formats.moment(datetime.fromtimestamp(seconds, UTC).isoformat())


def disk(code: object) -> str:
    """What a disk refused, as part of a sentence."""
    return notices.trouble(code)
